/**
 * How two nodes convince each other that they know the same secret, without saying it.
 *
 *   dialer    → hello    { from, to, life, nonce }
 *   acceptor  → welcome  { from, life, nonce, proof }
 *   dialer    → proof
 *
 * A proof is a MAC over everything both have said, under a label of the one who proves: both identities, both lives,
 * both nonces and the direction are bound, so no proof serves twice, the other way round, or between two others. The
 * keys of the stream are derived from the same, one for each direction. Whoever knows the secret may claim any id:
 * where nodes must not trust each other's names, use TLS with a certificate for each.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { createSeal, type Seal, unsealed } from './frames.js';
import type { NodeId } from './machine.js';

const VERSION = 'succession/1';
const NONCE_BYTES = 32;
/** No message of a handshake is longer. */
export const HANDSHAKE_LIMIT = 1_024;

export interface Own {
  readonly self: NodeId;
  /** New for each life of a process: tells a peer that came back from one that never left. */
  readonly life: string;
  /** `undefined` where TLS has said who is who, and on loopback. */
  readonly secret: Buffer | undefined;
}

/** The other end, once it is proven. */
export interface Met {
  readonly peer: NodeId;
  readonly life: string;
  /** Who opened the connection. */
  readonly dialer: NodeId;
  readonly outgoing: Seal;
  readonly incoming: Seal;
}

export interface Step {
  readonly send?: object;
  readonly met?: Met;
}

/** Takes the other's messages in turn. Throws for anything that is not the one that must come now. */
export type Handshake = (message: unknown) => Step;

type Role = 'dialer' | 'acceptor';
interface Party {
  readonly id: NodeId;
  readonly life: string;
  readonly nonce: string;
}
type Parties = Readonly<Record<Role, Party>>;

/** What the dialer says first, and what it makes of the answer. */
export function dialing(own: Own, to: NodeId): { readonly hello: object; readonly handshake: Handshake } {
  const me = party(own);
  const hello = { type: VERSION, from: me.id, to, life: me.life, nonce: me.nonce };
  const handshake: Handshake = (message) => {
    const { proof, ...acceptor } = parseParty(message, VERSION);
    if (acceptor.id !== to) throw new Error(`${acceptor.id} answered in the place of ${to}`);
    const parties = { dialer: me, acceptor };
    checkProof(own, 'acceptor', parties, proof);
    return { send: { proof: prove(own, 'dialer', parties) }, met: meet(own, 'dialer', parties) };
  };
  return { hello, handshake };
}

/** `admits` says whether a stranger may call itself so. */
export function accepting(own: Own, admits: (id: NodeId) => boolean): Handshake {
  const me = party(own);
  let parties: Parties | undefined;
  return (message) => {
    if (parties) {
      checkProof(own, 'dialer', parties, (message as { proof?: unknown } | null)?.proof);
      return { met: meet(own, 'acceptor', parties) };
    }
    const { to, proof: _, ...dialer } = parseParty(message, VERSION);
    if (to !== own.self) throw new Error(`it wants ${to}, and this is ${own.self}`);
    if (!admits(dialer.id)) throw new Error(`${dialer.id} is not a peer`);
    parties = { dialer, acceptor: me };
    const proof = prove(own, 'acceptor', parties);
    return { send: { type: VERSION, from: me.id, life: me.life, nonce: me.nonce, proof } };
  };
}

const party = ({ self, life }: Own): Party => ({
  id: self,
  life,
  nonce: randomBytes(NONCE_BYTES).toString('base64'),
});

function parseParty(message: unknown, version: string): Party & { readonly to?: string; readonly proof: unknown } {
  const { type, from, to, life, nonce, proof } = Object(message) as Record<string, unknown>;
  if (type !== version) throw new Error(`it does not speak ${version}`);
  if (typeof from !== 'string' || typeof life !== 'string' || typeof nonce !== 'string' || nonce.length < NONCE_BYTES)
    throw new Error('its greeting is not complete');
  return { id: from, life, nonce, proof, ...(typeof to === 'string' && { to }) };
}

/** Nobody proves anything where there is no secret. */
function prove({ secret }: Own, role: Role, parties: Parties): string | undefined {
  return secret && mac(secret, `proof of the ${role}`, parties).toString('base64');
}

function checkProof(own: Own, role: Role, parties: Parties, proof: unknown): void {
  if (!own.secret) return;
  const expected = mac(own.secret, `proof of the ${role}`, parties);
  const given = Buffer.from(typeof proof === 'string' ? proof : '', 'base64');
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw new Error('it does not know the secret');
}

function meet({ secret }: Own, role: Role, parties: Parties): Met {
  const other = role === 'dialer' ? 'acceptor' : 'dialer';
  const seal = (from: Role) => (secret ? createSeal(mac(secret, `key of the ${from}`, parties)) : unsealed);
  const { id: peer, life } = parties[other];
  return { peer, life, dialer: parties.dialer.id, outgoing: seal(role), incoming: seal(other) };
}

function mac(secret: Buffer, label: string, { dialer, acceptor }: Parties): Buffer {
  const said = [dialer, acceptor].flatMap(({ id, life, nonce }) => [id, life, nonce]);
  return createHmac('sha256', secret)
    .update(JSON.stringify([VERSION, label, ...said]))
    .digest();
}
