/**
 * Calls of what is younger than ES2022, directed to `younger.ts`.
 *
 * @module
 */
import { classes, methods, statics } from "./younger.ts";

/** A node of the compiler's tree, as far as it is looked at. */
interface Node {
  readonly kind: number;
  readonly expression?: Node;
  readonly name?: { readonly text: string };
  readonly text?: string;
  readonly arguments?: readonly Node[];
  readonly questionDotToken?: unknown;
}

/** What builds trees. */
interface Factory {
  createIdentifier(text: string): Node;
  createStringLiteral(text: string): Node;
  createElementAccessExpression(expression: Node, index: Node): Node;
  createCallExpression(expression: Node, types: undefined, args: readonly Node[]): Node;
  createNewExpression(expression: Node, types: undefined, args: readonly Node[]): Node;
}

/** The compiler, as far as trees are changed. */
export interface TreeTools {
  /** Kinds of nodes. */
  readonly SyntaxKind: Readonly<Record<"CallExpression" | "NewExpression", number>>;
  /** Visits the children of a node. */
  visitEachChild<T>(node: T, visit: (node: Node) => Node, context: unknown): T;
}

/** Name of the module in packages, and of what it is imported as. */
export const YOUNGER = "younger";

const NAMESPACE = "__younger";

/** The line that a lowered module ends with. */
export const importYounger = (toRoot: string): string =>
  `import * as ${NAMESPACE} from "${toRoot}${YOUNGER}.js";\n`;

/** Whether a text was directed there. */
export const needsYounger = (text: string): boolean => text.includes(`${NAMESPACE}.`);

/** Everything that has a stand-in. */
export const STAND_INS: ReadonlySet<string> = new Set(
  [methods, statics, classes].flatMap((table) => Object.keys(table))
    .map((name) => name.slice(name.indexOf(".") + 1)),
);

/**
 * What `transpileModule` takes as a transformer.
 *
 * @param ts The compiler.
 * @returns The transformer: `Map.groupBy(…)`, `list.toSorted(…)`, `new DisposableStack()` and their like
 * become calls of stand-ins.
 */
export function lower({ SyntaxKind, visitEachChild }: TreeTools) {
  return (context: { readonly factory: Factory }) => <T>(file: T): T => {
    const { factory } = context;
    const standIn = (table: string, name: string) =>
      factory.createElementAccessExpression(
        factory.createIdentifier(`${NAMESPACE}.${table}`),
        factory.createStringLiteral(name),
      );
    const call = (callee: Node, args: readonly Node[]) =>
      factory.createCallExpression(callee, undefined, args);

    function lowered(node: Node): Node {
      const { kind, expression: callee, arguments: args = [] } = node;
      if (kind === SyntaxKind.NewExpression && Object.hasOwn(classes, callee?.text ?? "")) {
        return factory.createNewExpression(standIn("classes", callee!.text!), undefined, args);
      }
      if (kind !== SyntaxKind.CallExpression || callee?.name === undefined) return node;
      const { text } = callee.name, receiver = callee.expression!;
      const full = `${receiver.text}.${text}`;
      if (Object.hasOwn(statics, full)) return call(standIn("statics", full), args);
      if (!Object.hasOwn(methods, text)) return node;
      if (callee.questionDotToken) {
        throw new Error(
          `Cannot lower "?.${text}()" as no stand-in is optional: ask before the call.`,
        );
      }
      return call(standIn("methods", text), [receiver, ...args]);
    }

    const visit = (node: Node): Node => lowered(visitEachChild(node, visit, context));
    return visitEachChild(file, visit, context);
  };
}
