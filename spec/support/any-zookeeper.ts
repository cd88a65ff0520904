/**
 * The server that a spec is put to: a real one; in the project `embedded`, the embedded one. So the same bodies run
 * against both, and what one of them answers otherwise is found.
 */
import { inject, it } from 'vitest';
import { EmbeddedEnsemble, type EmbeddedServer, startEmbedded } from './embedded.js';
import * as real from './zookeeper.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Which servers the specs of this project start. */
    servers: 'real' | 'embedded';
  }
}

export type ZooKeeperServer = real.ZooKeeperServer | EmbeddedServer;
export type { Tls } from './zookeeper.js';

const embedded = (): boolean => inject('servers') === 'embedded';

/** Starts one standalone ZooKeeper on 127.0.0.1 and waits until it serves. */
export function startZooKeeper(options: real.ServerOptions = {}): Promise<ZooKeeperServer> {
  return embedded() ? startEmbedded(options) : real.startZooKeeper(options);
}

/** What the specs here ask of an ensemble. */
export interface Ensemble extends AsyncDisposable {
  leader(): Promise<{ readonly connect: string }>;
  followers(): Promise<readonly { readonly connect: string }[]>;
  /** Cuts a server off from the others; its clients keep their connections. */
  isolate(server: { readonly connect: string }): void;
}

export async function startEnsemble(options: real.EnsembleOptions = {}): Promise<Ensemble> {
  return (await (embedded() ? EmbeddedEnsemble.start() : real.startEnsemble(options))) as Ensemble;
}

/** A spec of the real server alone; elsewhere it is listed as skipped, with the reason in its name. */
export function itOnReal(reason: string, title: string, spec: () => Promise<void>): void {
  if (embedded()) it.skip(`${title} (not on the embedded server: ${reason})`, spec);
  else it(title, spec);
}
