import { assert, assertEquals } from "@std/assert";
import { VERSION } from "../core/version.ts";
import { versionFault } from "./check_publish.ts";
import { packageFolders, readPackage } from "./workspace.ts";

Deno.test("versionFault() finds nothing where all packages have core's version", () => {
  const packages = [{ name: "@acme/a", version: "1.2.0" }, { name: "@acme/b", version: "1.2.0" }];
  assertEquals(versionFault(packages, "1.2.0"), undefined);
});

Deno.test("versionFault() names the packages that differ, and their versions", () => {
  const packages = [
    { name: "@acme/a", version: "1.2.0" },
    { name: "@acme/b", version: "1.3.0" },
    { name: "@acme/c" },
  ];
  assertEquals(
    versionFault(packages, "1.2.0"),
    "Cannot publish packages as all must have the version of core/version.ts, 1.2.0: " +
      '@acme/b has 1.3.0, @acme/c has none. Set "version" in their deno.json.',
  );
});

Deno.test("the packages of this repository have one version", async () => {
  const packages = await Promise.all((await packageFolders()).map(readPackage));
  assertEquals(versionFault(packages, VERSION), undefined);
  assert(packages.length > 20);
});
