/** `succession roles`: who owns which role of a group, who should, and how the roles are spread. */
import { describeGroup, type GroupDescription, type RoleDescription } from '../../coordinator/index.js';
import { type Command, whileWaiting, withBackend } from '../context.js';
import { ExitCode } from '../exit-code.js';
import { instant, json, type Output, printable, since, table } from '../output.js';

export interface RolesArgs {
  readonly group: string;
  /** Only the roles of this node. */
  readonly owner?: string;
  /** Only this role. */
  readonly role?: string;
}

export const roles: Command<RolesArgs> = (context, { group, owner, role }) =>
  withBackend(context, async (backend) => {
    const found = await whileWaiting(describeGroup(backend, group, context.timeoutMs), context.signal);
    const chosen = found.roles.filter((one) => (!role || one.role === role) && (!owner || one.owner === owner));
    context.out.print(...show(found, chosen, context.out));
    if (chosen.length > 0 || (!role && !owner)) return ExitCode.ok;
    context.out.say(role ? `No such role here: ${role}.` : `${owner} owns no role.`);
    return ExitCode.notFound;
  });

function show(group: GroupDescription, chosen: readonly RoleDescription[], out: Output): string[] {
  if (out.format === 'json') return [json({ ...group, nodes: group.nodes.map(fields), roles: chosen.map(fields) })];
  const [head = '', ...rows] = table(columns, chosen.map(rowOf(out.format === 'wide')));
  const painted = rows.map((row, at) => (chosen[at]?.phase === 'owned' ? row : out.paint('yellow', row)));
  const roles_ = chosen.length === 0 ? [] : [out.paint('bold', head), ...painted, ''];
  return [...roles_, ...summary(group, out)];
}

const columns = ['ROLE', 'DESIRED', 'OWNER', 'TERM', 'PHASE', 'SINCE', 'TOKEN'];

const rowOf = (wide: boolean) => (one: RoleDescription) => [
  one.role,
  one.desired,
  one.owner,
  one.term === 0 ? undefined : String(one.term),
  one.phase,
  wide ? instant(one.since) : since(one.since),
  one.token?.toString(),
];

const fields = <One extends { readonly since: number | undefined }>(one: One) => ({
  ...one,
  since: instant(one.since),
});

/** How the roles are spread over the nodes, and what keeps them from being spread otherwise. */
function summary({ nodes, roles: all, paused }: GroupDescription, out: Output): string[] {
  const rows = nodes.map(({ node, state, balancer, desired, owned, zone }) => {
    const marks = balancer ? `${state}, balancer` : state;
    return [node, marks, String(desired), String(owned), zone];
  });
  const [head = '', ...lines] = table(['NODE', 'STATE', 'DESIRED', 'OWNED', 'ZONE'], rows);
  const owned = all.filter(({ phase }) => phase === 'owned').length;
  const said = `${owned} of ${all.length} roles are owned by whom they should be`;
  const pause = paused === undefined ? [] : [out.paint('yellow', printable(`! balancing is paused: ${paused}`))];
  return [out.paint('bold', head), ...lines, said, ...pause];
}
