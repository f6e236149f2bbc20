import { settleMany } from './copies.ts';
import { cardOf, openOffice, threeFiles, now } from './kit.ts';
import { spawnSync } from 'node:child_process';
const plan = { sandbox: 'off', files: 100, cards: { coder: cardOf(threeFiles) } } as const;
const office = await openOffice(plan);
const t=now();
await settleMany(office, Number(process.argv[2]), 'said');
console.log('made', now()-t, office.root);
for (const args of [['can','coder','src/x'],['status'],['audit'],['log'],['show','0001-edit']]) { for (let i=0;i<2;i++){
  const b=now(); const r=spawnSync(process.execPath,[office.cli,'-C',office.root,...args],{env:office.env,maxBuffer:2**30}); console.log(args.join(' '), now()-b, r.status, r.stdout.length, r.stderr.toString().slice(0,200)); } }
console.log(spawnSync('sh',['-c',`ls -la ${office.root}/state ${office.root}/state/orders; du -sh ${office.root}/state/*; tail -2 ${office.root}/state/journal.jsonl; wc ${office.root}/state/journal.jsonl`]).stdout.toString());
await new Promise(()=>setInterval(()=>{},1e6));
