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
    for (const name of await childrenOf(this.#client, this.#root)) await this.#client.delete(`${this.#root}/${name}`);
    const { error } = await this.#client.delete(this.#root);
    await this.#client.close();
    if (error !== 0) throw new Error(`${this.#root} is not empty: ${error}`);
  }
}
