/** The tree as text, a znode a line, for people and for specs that compare. @pure */
import { nameIn } from './paths.js';
import type { State, Znode } from './state.js';
import { isContainer, isEphemeral, ttlOf } from './transaction.js';

/** Everything but /zookeeper; names indented below their parent and in order. */
export function dump({ nodes }: State): string {
  const lines: string[] = [];
  const walk = (path: string, depth: number): void => {
    const node = nodes.get(path) as Znode;
    lines.push(`${'  '.repeat(depth)}${depth === 0 ? '/' : nameIn(path)}${described(node)}`);
    for (const name of [...(node.children ?? [])].sort())
      if (depth > 0 || name !== 'zookeeper') walk(`${path === '/' ? '' : path}/${name}`, depth + 1);
  };
  walk('/', 0);
  return `${lines.join('\n')}\n`;
}

function described(node: Znode): string {
  const data = node.data?.length ? ` = ${text(node.data)}` : '';
  return `${data}${kindOf(node)}`;
}

function kindOf(node: Znode): string {
  if (isContainer(node)) return ' (container)';
  if (isEphemeral(node)) return ` (ephemeral of 0x${BigInt.asUintN(64, node.owner).toString(16)})`;
  const ttl = ttlOf(node);
  return ttl === undefined ? '' : ` (TTL ${ttl} ms)`;
}

const LONGEST = 200;

/** As it is where that can be read, escaped where it cannot. */
function text(data: Uint8Array): string {
  const plain = new TextDecoder().decode(data.subarray(0, LONGEST));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped.
  const shown = /[\u0000-\u001f\u007f-\u009f\ufffd]/.test(plain) ? JSON.stringify(plain) : plain;
  return data.length > LONGEST ? `${shown}… (${data.length} bytes)` : shown;
}
