// Why: all figures of fourline's speed, in one run on one machine.
// Promises: one after the other, each beside its own bare measure; `npm run bench -- P1 P4 --json`.
// Never: more than its list.
import { coldFigure, tabFigure } from './cold.ts';
import { dashFigure } from './dash.ts';
import { gateFigure } from './gate.ts';
import { historyFigure } from './history.ts';
import { idleFigure } from './idle.ts';
import { largeFigure, orderFigure } from './order.ts';
import { sandboxFigure } from './sandbox.ts';
import { sleepingFigure } from './sleeping.ts';
import { startFigure } from './start.ts';
import { tellMeasures } from './tell.ts';
import { throughputFigure } from './throughput.ts';

await tellMeasures([
  ...[startFigure, orderFigure, largeFigure, sandboxFigure, historyFigure],
  ...[sleepingFigure, throughputFigure, idleFigure, coldFigure, tabFigure, gateFigure, dashFigure],
]);
