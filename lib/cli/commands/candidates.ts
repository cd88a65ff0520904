/** `succession candidates`: the line of succession, once or as it changes. */
import { combineLatest, distinctUntilChanged, lastValueFrom, map, merge, type Observable, tap, timer } from 'rxjs';
import type { Backend, Connection, ElectionStatus } from '../../election/election.js';
import { type InspectedLine, type InspectedRecord, isInspectable } from '../../election/inspect.js';
import { answer, type Command, type Context, untilInterrupted, whileWaiting, wire, withBackend } from '../context.js';
import { ExitCode } from '../exit-code.js';
import { leaderFields } from '../leader-line.js';
import { anomaliesOf, lineTable, participantFields } from '../line.js';
import { instant, json, type Output, printable } from '../output.js';

export const candidates: Command<{ election: string; watch?: boolean }> = (context, { election, watch }) =>
  withBackend(context, async (backend) => {
    const more = context.out.format !== 'text' || (watch === true && !context.out.live);
    const line$ = lineOf(backend, election, more);
    if (watch) return follow(line$, backend, election, context);
    const line = await answer(line$, context, `Reading the line of ${election}`);
    if (context.out.format === 'json')
      context.out.print(asJson(line, backend, election, await statusOf(backend, election, context)));
    else show(line, backend, election, context.out);
    return ExitCode.ok;
  });

const statusOf = (backend: Backend, election: string, { timeoutMs, signal }: Context) =>
  whileWaiting(backend.election(election).status({ timeoutMs }), signal);

/** A narrow table needs no more than the port; the others show the record and what does not belong. */
function lineOf(backend: Backend, election: string, more: boolean): Observable<InspectedLine> {
  if (more && isInspectable(backend)) return backend.inspect.line(election);
  return backend.election(election).participants$.pipe(map((participants) => ({ participants, unknown: [] })));
}

function show(line: InspectedLine, { guarantee }: Backend, election: string, out: Output): void {
  if (line.participants.length === 0) out.say(`Nobody stands in ${election}.`);
  out.print(...asText(line, out), ...(out.format === 'wide' ? [`guarantee: ${guarantee}`] : []));
}

/**
 * On a terminal the ages go on while nothing else changes; in a pipe each change is one JSON object. While the connection
 * is down the last line stays, and is said to be an old one.
 */
async function follow(
  line$: Observable<InspectedLine>,
  backend: Backend,
  election: string,
  { out, signal }: Context,
): Promise<number> {
  const changes$: Observable<unknown> = out.live
    ? combineLatest([line$, backend.connection$, timer(0, 1000)]).pipe(
        tap(([line, connection]) => out.draw([...headline(election, connection, out), ...asText(line, out)])),
      )
    : merge(line$, wire(backend, out)).pipe(
        map((line) => asJson(line, backend, election)),
        distinctUntilChanged(),
        tap((text) => out.print(text)),
      );
  await lastValueFrom(untilInterrupted(changes$, signal), { defaultValue: undefined });
  return ExitCode.ok;
}

function headline(election: string, connection: Connection, out: Output): string[] {
  const old = `! The connection is ${connection}: this is how it was.`;
  return [`Election ${printable(election)}`, connection === 'connected' ? '' : out.paint('yellow', old)];
}

/** The table, then what is wrong, then under `wide` who claimed. */
function asText(line: InspectedLine, out: Output): string[] {
  const [head = '', ...rows] = lineTable(line.participants, out.format);
  const painted = rows.map((row, at) => (line.participants[at]?.role === 'leader' ? out.paint('green', row) : row));
  const wrong = anomaliesOf(line).map(({ subject, text }) => out.paint('yellow', printable(`! ${subject} ${text}`)));
  const empty = line.participants.length === 0;
  return [...(empty ? [] : [out.paint('bold', head), ...painted]), ...wrong, ...recordLine(line.record)];
}

function recordLine(record: InspectedRecord | undefined): string[] {
  if (!record) return [];
  const { id, token, leaseMs, released, nominee } = record;
  const parts = [
    `claimed by ${id}`,
    ...(token === undefined ? [] : [`token ${token}`]),
    ...(leaseMs === undefined ? [] : [`lease ${leaseMs} ms`]),
    ...(released ? ['released'] : []),
    ...(nominee === undefined ? [] : [`nominee ${nominee}`]),
  ];
  return [printable(`record: ${parts.join(', ')}`)];
}

/** With the status where it was asked for: a stream of changes has none, since nothing else than the line makes a change. */
function asJson(line: InspectedLine, { guarantee }: Backend, election: string, status?: ElectionStatus): string {
  const participants = line.participants.map(participantFields);
  return json({
    election,
    guarantee,
    ...(status && statusFields(status)),
    participants,
    anomalies: anomaliesOf(line),
    record: line.record,
  });
}

function statusFields({ state, token, leader, statistics }: ElectionStatus) {
  const lastHeard = instant(statistics.lastHeardAt);
  return {
    state,
    token,
    leader: leader && leaderFields(leader),
    statistics: { ...statistics, lastHeardAt: lastHeard },
  };
}
