import { BareClient } from '../support/bare-client.js';
import { childrenOf } from './children.js';

/** A znode for all elections of one run; it goes with them in the end. */
export class Room implements AsyncDisposable {
  readonly #client: BareClient;
  readonly #root: string;

  static async make(server: string, root: string): Promise<Room> {
    const client = await BareClient.connect(server, 600_000);
    const { error } = await client.create(root, '');
    if (error !== 0) throw new Error(`creating ${root}: ${error}`);
    return new Room(client, root);
  }

  private constructor(client: BareClient, root: string) {
    this.#client = client;
    this.#root = root;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#clear(this.#root);
    await this.#client.close();
  }

  /** Roles leave their records. */
  async #clear(path: string): Promise<void> {
    for (const name of await childrenOf(this.#client, path)) await this.#clear(`${path}/${name}`);
    const { error } = await this.#client.delete(path);
    if (error !== 0) throw new Error(`${path} was not removed: ${error}`);
  }
}
