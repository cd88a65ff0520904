/**
 * What a backend may tell about itself beyond the port: for the CLI, and for whoever else looks into a running system.
 * A backend that has more to say offers `inspect`; nothing that elects depends on it.
 */
import type { Observable } from 'rxjs';
import type { Backend, Participant } from './election.js';

export interface Inspectable {
  readonly inspect: Inspect;
}

export interface Inspect {
  /** The line as the store holds it: now, and again at each change. Cold; an empty line is a value. */
  line(election: string): Observable<InspectedLine>;
  /**
   * Findings about the servers, the session and, if an election is named, its path and its chain. One value or several;
   * completes by itself within a few seconds, also when no server answers. Never errors: what fails is a finding.
   */
  doctor(election?: string): Observable<readonly Finding[]>;
}

export interface InspectedLine {
  readonly participants: readonly Participant[];
  /** Children of the election's path that no known library made. They are ignored in the line. */
  readonly unknown: readonly string[];
  /** Who claimed last; `undefined` if nobody has. */
  readonly record?: InspectedRecord;
}

export interface InspectedRecord {
  /** The claiming participant's `name`. */
  readonly holder: string;
  readonly id: string;
  readonly token: bigint | undefined;
  readonly leaseMs: number | undefined;
  /** True after a goodbye: whoever is next need not wait for the lease. */
  readonly released: boolean;
  /** Who was asked to lead next, by id. */
  readonly nominee: string | undefined;
}

export type Severity = 'ok' | 'warning' | 'error';

export interface Finding {
  readonly severity: Severity;
  /** Stable, for scripts: lower case with dashes, such as `server-unreachable`. */
  readonly code: string;
  /** What it is about: a server, a path, a participant. */
  readonly subject: string;
  /** One plain sentence. */
  readonly text: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** True for a backend that has more to tell. */
export function isInspectable(backend: Backend): backend is Backend & Inspectable {
  return 'inspect' in backend && typeof backend.inspect === 'object';
}
