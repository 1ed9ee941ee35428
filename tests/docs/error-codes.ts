import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** The form of an error's code: room and what. */
const codePattern = /^[a-z]+(?:-[a-z]+)*\/[a-z]+(?:-[a-z]+)*$/u;

/** Every code that an error may have, read from the types of the sources below `root`: sorted. */
export function errorCodes(root: string): readonly string[] {
  const codes = ['provider', 'sdk'].flatMap((folder) => sourcesIn(path.join(root, folder)).flatMap(codesIn));
  return [...new Set(codes)].sort();
}

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.split(path.sep).includes('testing'))
    .map((name) => path.join(folder, name));
}

/** The literal types in unions whose name ends in `Code` or `Fault`, and those that an error is made with. */
function codesIn(file: string): readonly string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node, inCodes: boolean): void => {
    const isCodes = inCodes || (ts.isTypeAliasDeclaration(node) && /(?:Code|Fault)$/u.test(node.name.text));
    if (isCodes && ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) found.push(node.literal.text);
    if (ts.isNewExpression(node)) for (const type of node.typeArguments ?? []) visit(type, true);
    ts.forEachChild(node, (child) => visit(child, isCodes));
  };
  visit(source, false);
  return found.filter((code) => codePattern.test(code));
}
