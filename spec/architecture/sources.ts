/** The sources of lib/ as the rules see them: texts, and who imports what. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';

export interface Import {
  readonly from: string;
  /** A path below lib/, or a module's name. */
  readonly to: string;
  readonly how: 'value' | 'type' | 'lazy';
}

/** Texts by path below lib/. */
export type Sources = Readonly<Record<string, string>>;

export const inside = (path: string, room: string) => path.startsWith(`${room}/`);
export const isOwn = (to: string) => to.endsWith('.ts');

export function read(folder: string): Sources {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const sources = paths.filter((path) => !path.endsWith('.d.ts'));
  return Object.fromEntries(sources.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

export function importsOf(sources: Sources): readonly Import[] {
  return Object.entries(sources).flatMap(([from, text]) => {
    const found: Import[] = [];
    const note = (specifier: ts.Node | undefined, how: Import['how']) => {
      if (specifier && ts.isStringLiteral(specifier)) found.push({ from, to: resolve(from, specifier.text), how });
    };
    const visit = (node: ts.Node): void => {
      if (ts.isImportDeclaration(node)) note(node.moduleSpecifier, node.importClause?.isTypeOnly ? 'type' : 'value');
      if (ts.isExportDeclaration(node)) note(node.moduleSpecifier, node.isTypeOnly ? 'type' : 'value');
      if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) note(node.argument.literal, 'type');
      if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
        note(node.arguments[0], 'lazy');
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(from, text, ts.ScriptTarget.Latest));
    return found;
  });
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith('.') ? normalize(join(dirname(from), specifier)).replace(/\.js$/, '.ts') : specifier;
}

/** Files that reach themselves, once for each knot. Types count where they tie one room to another. */
export function cycles(imports: readonly Import[]): string[][] {
  const own = imports.filter(({ from, to, how }) => isOwn(to) && (how !== 'type' || dirname(from) !== dirname(to)));
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file]);
    if (path.includes(file) || done.has(file)) return;
    for (const { to } of own.filter(({ from }) => from === file)) visit(to, [...path, file]);
    done.add(file);
  };
  for (const { from } of own) visit(from, []);
  return found;
}

/** What is loaded with a file: all it imports, and what that does. */
export function reachedFrom(start: string, imports: readonly Import[]): readonly string[] {
  const reached = new Set([start]);
  for (const file of reached)
    for (const { from, to, how } of imports) if (from === file && how === 'value') reached.add(to);
  return [...reached];
}
