/**
 * Lost packets: the whole run moves into a network namespace of its own, where rules of the kernel drop them. It goes
 * with the last process in it. Takes root, `unshare`, `ip` and `iptables`; elsewhere the proxies stand in.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** From a client to a server, or among servers: to the ports named, from them, or both. */
export type Ways = 'there' | 'back' | 'both';

const INSIDE = 'SUCCESSION_CHAOS_NAMESPACE';
const UP = 'ip link set lo up && iptables -w -L INPUT -n > /dev/null';

export const packetsCanBeLost = (): boolean => process.env[INSIDE] !== undefined;

/** Runs this program once more, in a namespace, and returns its exit code; `undefined`: it is inside, or there is none. */
export async function moveIntoNamespace(tell: (line: string) => void): Promise<number | undefined> {
  if (packetsCanBeLost()) return undefined;
  const { status } = spawnSync('unshare', ['--net', '--', 'sh', '-c', UP], { stdio: 'ignore' });
  if (status !== 0) {
    tell('no network namespace can be had here: in place of losing packets the proxies hold them');
    return undefined;
  }
  const words = ['KILL', '--', 'unshare', '--net', '--', 'sh', '-c', `${UP} && exec "$0" "$@"`];
  const program = spawn('setpriv', ['--pdeathsig', ...words, process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  });
  const [code] = await once(program, 'exit');
  return code ?? 1;
}

/** Loses every packet to or from these ports, until what is returned is called. */
export function loseOnly(ways: Ways, ports: readonly number[]): () => void {
  const directions = { there: ['--dport'], back: ['--sport'], both: ['--dport', '--sport'] }[ways];
  const change = (action: '-A' | '-D') => {
    for (const direction of directions)
      iptables([action, 'INPUT', '-p', 'tcp', '-m', 'multiport', `${direction}s`, ports.join(), '-j', 'DROP']);
  };
  change('-A');
  return () => change('-D');
}

function iptables(words: readonly string[]): void {
  const { status, stderr } = spawnSync('iptables', ['-w', ...words], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`iptables ${words.join(' ')}: ${stderr}`);
}
