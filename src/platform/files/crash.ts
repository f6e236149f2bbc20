// Why: nothing may be lost, whatever dies, and whenever. Each moment at which dying could matter has a name, so that a
// test can die there.
// Promises: with FOURLINE_CRASH=<name> or <name>:<n> SIGKILL ends the process at the n-th pass of that point. With
// any:<n> it does so at the n-th pass of any point. Not one further instruction runs. Without the variable a point
// costs one comparison.
// Never: cleans up, flushes or says anything first: neither does a power cut.

/** Every crash point: the step, and what has just happened. */
export const crashPoints = [
  'desk.locked',
  'desk.noted',
  'amend.kept',
  'answer.written',
  'post.stamped',
  'post.recorded',
  'claim.moved',
  'claim.kept',
  'claim.mailed',
  'claim.recorded',
  'setup.ran',
  'setup.kept',
  'open.synced',
  'open.made',
  'open.furnished',
  'open.recorded',
  'run.started',
  'run.noted',
  'run.ended',
  'run.sealed',
  'run.recorded',
  'judge.numbered',
  'judge.built',
  'judge.kept',
  'judge.outboxed',
  'judge.written',
  'judge.recorded',
  'land.checked',
  'land.decided',
  'land.taken',
  'land.intended',
  'land.packing',
  'land.packed',
  'land.copied',
  'land.moved',
  'land.drafted',
  'land.aside',
  'land.file',
  'land.files',
  'land.indexed',
  'land.followed',
  'land.recorded',
  'land.noted',
  'deliver.prepared',
  'deliver.state',
  'deliver.kept',
  'deliver.stated',
  'deliver.posted',
  'deliver.recorded',
  'push.noted',
  'push.done',
  'push.recorded',
  'pull.noted',
  'pull.moved',
  'propose.done',
  'settle.reported',
  'settle.sent',
  'settle.moved',
  'settle.emptied',
  'settle.cleared',
  'settle.sealed',
  'settle.recorded',
  'return.written',
  'return.kept',
  'return.moved',
  'return.recorded',
  'route.kept',
  'route.moved',
  'route.recorded',
  'hold.written',
  'park.written',
  'park.recorded',
  'park.shown',
  'park.done',
  'review.furnished',
  'review.posted',
  'review.recorded',
  'release.decided',
  'release.noted',
  'release.cleared',
  'release.moved',
  'release.recorded',
  'withdraw.seen',
  'cancel.asked',
  'cancel.aside',
  'cancel.taken',
  'cancel.claimed',
  'cancel.done',
  'recover.swept',
  'recover.lined',
  'recover.ended',
  'recover.kept',
  'recover.cleared',
  'recover.moved',
  'recover.recorded',
  'recover.landed',
  'stop.drained',
  'stop.recorded',
  'stop.published',
  'journal.torn',
  'journal.written',
  'journal.flushed',
  'publish.begun',
  'publish.written',
  'file.drafted',
  'file.moved',
] as const;

/** The name of a crash point. */
export type CrashPoint = (typeof crashPoints)[number];

const [wanted, passes = '1'] = (process.env['FOURLINE_CRASH'] ?? '').split(':');
let left = Number(passes);

/** Dies here when this is where the process is to die. */
export function crashPoint(name: CrashPoint): void {
  if (wanted !== name && wanted !== 'any') return;
  left -= 1;
  if (left > 0) return;
  process.kill(process.pid, 'SIGKILL');
  // The signal is on its way; nothing further may run until it is there.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
