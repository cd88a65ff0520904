/** `succession server`: the embedded ZooKeeper as a process, until it is interrupted. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { InvalidOptionError } from '../../errors.js';
import { type EmbeddedOptions, EmbeddedZooKeeper, type TlsOptions } from '../../zookeeper-server/index.js';
import type { Command } from '../context.js';
import { ExitCode } from '../exit-code.js';
import { json } from '../output.js';

export interface ServerArgs {
  readonly host?: string;
  readonly port: number;
  /** In ms. */
  readonly tick?: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
}

/** Being told to stop is how it ends: that is no failure. */
export const server: Command<ServerArgs> = async ({ out, signal }, args) => {
  await using zk = await EmbeddedZooKeeper.start(await optionsOf(args));
  out.say('succession: not for production: one process, in memory; everything is gone when it stops.');
  out.print(out.format === 'json' ? json({ connect: zk.connectString, pid: process.pid }) : zk.connectString);
  if (!signal.aborted) await once(signal, 'abort');
  return ExitCode.ok;
};

async function optionsOf({ host, port, tick, ...files }: ServerArgs): Promise<EmbeddedOptions> {
  return { host, port, tickMs: tick, tls: await tlsOf(files) };
}

async function tlsOf({ tlsCert, tlsKey, tlsCa }: Omit<ServerArgs, 'port'>): Promise<TlsOptions | undefined> {
  if (!tlsCert && !tlsKey && !tlsCa) return undefined;
  if (!tlsCert || !tlsKey) throw new InvalidOptionError('--tls-cert', tlsCert, 'goes together with --tls-key');
  const [cert, key, ca] = await Promise.all([
    read(tlsCert),
    read(tlsKey),
    tlsCa === undefined ? undefined : read(tlsCa),
  ]);
  return { cert, key, ca };
}

const read = (file: string) => readFile(file, 'utf8');
