// Why: the program behind `agent: rehearsal`. Started as an agent's process, it performs the steps it was given.
// Promises: a step that fails ends it with status 1 and says which. Shell lines run in its working folder, and their
// output is its own.
// Never: reads fourline's state; it has only the contract's environment.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RehearsalStep } from '../../role/role-settings.ts';

const room = process.env['FOURLINE_ROOM'] ?? '.';

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

// Returns the exit status that ends the rehearsal, or undefined to go on.
async function perform(step: RehearsalStep): Promise<number | undefined> {
  switch (step.do) {
    case 'write':
      put(step.path, step.text);
      return undefined;
    case 'delete':
      rmSync(step.path, { recursive: true, force: true });
      return undefined;
    case 'shell': {
      process.stdout.write(`$ ${step.line}\n`);
      const ended = spawnSync('sh', ['-c', step.line], { stdio: ['ignore', 'inherit', 'inherit'] });
      if (ended.status !== 0) process.stdout.write(`(exit status ${ended.status ?? ended.signal})\n`);
      return undefined;
    }
    case 'sleep':
      await new Promise((resolve) => setTimeout(resolve, step.milliseconds));
      return undefined;
    case 'say':
      process.stdout.write(`${step.text}\n`);
      return undefined;
    case 'mail':
      put(`${room}/inbox/${step.to}/${step.name}.md`, step.text);
      return undefined;
    case 'report':
      put(
        process.env['FOURLINE_REPORT'] ?? 'report.md',
        step.outcome === 'raw' ? step.text : `---\noutcome: ${step.outcome}\n---\n${step.text}\n`,
      );
      return undefined;
    case 'exit':
      return step.status;
  }
}

const rehearseScript = process.argv[2];
if (rehearseScript !== undefined) {
  for (const step of JSON.parse(readFileSync(rehearseScript, 'utf8')) as RehearsalStep[]) {
    const status = await perform(step);
    if (status === undefined) continue;
    process.exitCode = status;
    break;
  }
}
