import { expect, test } from 'vitest';
import { openOffice } from '../kit/office.ts';

type Finding = { what: string; state: string; detail: string };

test('doctor notes each repository whose work tree holds other bytes than its commits', async () => {
  const office = await openOffice();
  const attributes: Record<string, string> = {
    plain: '# eol=lf is not meant\n*.ts diff=ts\n',
    crlf: '',
    input: '',
    none: '',
    eol: '*.ts text eol=crlf\n',
    lfs: '*.bin filter=lfs diff=lfs merge=lfs -text\n',
  };
  for (const [name, text] of Object.entries(attributes))
    await office.repository(name, { 'a.ts': '1\n', ...(text === '' ? {} : { '.gitattributes': text }) });
  office.git('repos/crlf', 'config', 'core.autocrlf', 'true');
  office.git('repos/input', 'config', 'core.autoCRLF', 'input');
  office.git('repos/none', 'config', 'core.autocrlf', 'false');
  await office.repository('broken', { 'a.ts': '1\n' });
  await office.write('repos/broken/.git/refs/heads/main', `${'1'.repeat(40)}\n`);
  const doctor = await office.fourline('doctor', '--json');
  const { findings } = JSON.parse(doctor.out) as { findings: Finding[] };
  const notes = findings.filter((one) => one.what.startsWith('repos/') && one.state === 'note');
  expect(notes.map((one) => one.what)).toEqual(['repos/crlf', 'repos/eol', 'repos/input', 'repos/lfs']);
  for (const note of notes)
    expect(note.detail).toContain(
      'landed files will show as edited: line ends or filters are converted in this work tree',
    );
  expect(findings.filter((one) => one.state === 'bad').map((one) => one.what)).toEqual(['repos/broken']);
  expect(doctor.code).toBe(7);
});
