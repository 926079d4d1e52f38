// Loaded before a program: takes from the runtime what is younger than ES2022.

const TypedArray = Object.getPrototypeOf(Uint8Array);
const lists = ["findLast", "findLastIndex", "toReversed", "toSorted", "toSpliced", "with"];
const sets = [
  ...["union", "intersection", "difference", "symmetricDifference"],
  ...["isSubsetOf", "isSupersetOf", "isDisjointFrom"],
];
const iterators = [
  ...["drop", "every", "filter", "find", "flatMap", "forEach"],
  ...["map", "reduce", "some", "take", "toArray"],
];

/** Holders, and what each of them forgets. */
const younger = [
  [globalThis, ["AsyncDisposableStack", "DisposableStack", "Float16Array", "SuppressedError"]],
  [Array, ["fromAsync"]],
  [Map, ["groupBy"]],
  [Object, ["groupBy"]],
  [Promise, ["try", "withResolvers"]],
  [RegExp, ["escape"]],
  [Array.prototype, lists],
  [TypedArray.prototype, lists],
  [Set.prototype, sets],
  [globalThis.Iterator?.prototype ?? {}, iterators],
  [String.prototype, ["isWellFormed", "toWellFormed"]],
];
for (const [holder, names] of younger) for (const name of names) delete holder[name];
