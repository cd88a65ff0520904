/** `succession doctor`: looks for what breaks elections, and says what to do about each finding. */
import { catchError, defaultIfEmpty, lastValueFrom, map, type Observable, of, takeUntil, timer, toArray } from 'rxjs';
import type { Backend, Participant } from '../../election/election.js';
import { type Finding, isInspectable } from '../../election/inspect.js';
import { measureClocks } from '../clocks.js';
import { answer, type Command, type Context, reached, untilInterrupted } from '../context.js';
import { ExitCode, UnreachableError } from '../exit-code.js';
import { anomaliesOf } from '../line.js';
import { json, type Output, printable, table } from '../output.js';

export const doctor: Command<{ election?: string }> = async (context, { election }) => {
  const backend = await context.connect();
  try {
    return await examine(backend, election, context);
  } finally {
    await backend.close();
  }
};

async function examine(backend: Backend, election: string | undefined, context: Context): Promise<number> {
  const wire = await wireOf(backend, context);
  // Afterwards: while its code is loaded any process is late.
  const clocks = await measureClocks(context.signal);
  const line = election !== undefined && wire.severity === 'ok' ? await lineOf(backend, election, context) : [];
  const findings = [...clocks, wire, ...(await inspected(backend, election, context)), ...line];
  show(findings, context.out);
  if (!isInspectable(backend)) context.out.say('This backend tells nothing about its servers.');
  if (wire.severity === 'error') return ExitCode.unreachable;
  return findings.some(({ severity }) => severity === 'error') ? ExitCode.failure : ExitCode.ok;
}

/** Whether the store answers at all; what else goes wrong, such as refused credentials, is the command's failure. */
async function wireOf(backend: Backend, context: Context): Promise<Finding> {
  const started = performance.now();
  const about = { code: 'connection', subject: context.where };
  try {
    await reached(backend, context);
    return { severity: 'ok', ...about, text: `Connected within ${Math.ceil(performance.now() - started)} ms.` };
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    const remedy = 'Check the host:port list, that the servers run and form a quorum, and what lies between.';
    return { severity: 'error', ...about, text: `Nothing answered within ${context.timeoutMs} ms.`, remedy };
  }
}

/** What is wrong with the line, or why it cannot be read: then the other findings are all the more wanted. */
function lineOf(backend: Backend, name: string, context: Context): Promise<Finding[]> {
  const { participants$ } = backend.election(name);
  return answer(participants$, context, `Reading the line of ${name}`).then(
    (participants) => lineFindings(backend, name, participants),
    (error) => {
      if (context.signal.aborted) throw error;
      return [failed(error, name)];
    },
  );
}

function lineFindings(backend: Backend, election: string, participants: readonly Participant[]): Finding[] {
  const wrong = anomaliesOf({ participants, unknown: [] }).filter(({ code }) => !toldByItself(backend).includes(code));
  if (wrong.length > 0)
    return wrong.map((anomaly) => ({ ...anomaly, severity: severityOf(anomaly.code), text: `${anomaly.text}.` }));
  return [{ severity: 'ok', code: 'ids', subject: election, text: `${participants.length} in line, no id twice.` }];
}

/** A backend that tells of its own line knows more about its claims. */
const toldByItself = (backend: Backend): readonly string[] => (isInspectable(backend) ? ['unclaimed'] : []);

const severityOf = (code: string) => (code === 'two-leaders' || code === 'broken-chain' ? 'error' : 'warning');

/** What the backend itself has to say, and whatever it has said when the deadline passes. */
function inspected(backend: Backend, election: string | undefined, context: Context): Promise<readonly Finding[]> {
  if (!isInspectable(backend)) return Promise.resolve([]);
  const findings$: Observable<Finding[]> = backend.inspect.doctor(election).pipe(
    takeUntil(timer(context.timeoutMs)),
    catchError((error) => of([failed(error, 'backend')])),
    toArray(),
    map((several) => several.flat()),
    defaultIfEmpty([]),
  );
  return lastValueFrom(untilInterrupted(findings$, context.signal));
}

function failed(error: unknown, subject: string): Finding {
  return {
    severity: 'error',
    code: 'inspection-failed',
    subject,
    text: error instanceof Error ? error.message : String(error),
  };
}

const marks = { ok: 'ok', warning: 'WARN', error: 'FAIL' } as const;
const colours = { ok: 'green', warning: 'yellow', error: 'red' } as const;

function show(findings: readonly Finding[], out: Output): void {
  out.print(...(out.format === 'json' ? findings.map((finding) => json(finding)) : asText(findings, out)));
}

function asText(findings: readonly Finding[], out: Output): string[] {
  const rows = findings.map(({ severity, code, subject, text }) => [marks[severity], code, subject, text]);
  const [head = '', ...lines] = table(['', 'CODE', 'SUBJECT', 'FINDING'], rows);
  const shown = findings.flatMap(({ severity, remedy }, at) => [
    out.paint(colours[severity], lines[at] ?? ''),
    ...(remedy && severity !== 'ok' ? [`       ${printable(remedy)}`] : []),
  ]);
  return [out.paint('bold', head), ...shown];
}
