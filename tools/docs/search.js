// The search over headings and exported names, and the menu of narrow windows. A plain script, as
// browsers load no modules from a disk.
(() => {
  const { root } = document.currentScript.dataset;
  const box = document.getElementById("search");
  const input = box.querySelector("input");
  const list = box.querySelector("ol");
  const menu = document.getElementById("menu");
  const MOST = 12;

  /** How well a text fits, the less the better; undefined where a word of the query is missing. */
  function distance([text, page], words) {
    const title = text.toLowerCase(), all = `${title} ${page.toLowerCase()}`;
    if (!words.every((word) => all.includes(word))) return undefined;
    const query = words.join(" ");
    if (title === query) return 0;
    if (title.startsWith(query)) return 1;
    if (words.every((word) => title.includes(word))) return 2 + title.length / 1000;
    return 4;
  }

  function find(query) {
    const words = query.toLowerCase().split(/\s+/).filter((word) => word !== "");
    if (words.length === 0) return [];
    return globalThis.SEARCH_INDEX
      .map((entry, order) => ({ entry, order, distance: distance(entry, words) }))
      .filter(({ distance }) => distance !== undefined)
      .sort((a, b) => a.distance - b.distance || a.order - b.order)
      .slice(0, MOST)
      .map(({ entry }) => entry);
  }

  function show() {
    list.replaceChildren(
      ...find(input.value).map(([text, page, href]) => {
        const link = document.createElement("a");
        link.href = root + href;
        const where = document.createElement("small");
        where.textContent = page;
        link.append(text, where);
        const item = document.createElement("li");
        item.append(link);
        return item;
      }),
    );
    if (input.value.trim() !== "" && list.children.length === 0) list.append("Nothing found.");
  }

  function move(by) {
    const links = [...list.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement) + by;
    (links[at] ?? input).focus();
  }

  box.hidden = false;
  input.addEventListener("input", show);
  box.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) move(steps[event.key]);
    else if (event.key === "Enter" && event.target === input) list.querySelector("a")?.click();
    else if (event.key === "Escape") {
      input.value = "";
      show();
      input.blur();
    } else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, textarea")) return;
    event.preventDefault();
    input.focus();
  });
  document.addEventListener("click", ({ target }) => {
    if (!box.contains(target)) list.replaceChildren();
  });
  menu.addEventListener("click", () => {
    const open = document.body.classList.toggle("menu");
    menu.setAttribute("aria-expanded", String(open));
  });
  document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest" });
})();
