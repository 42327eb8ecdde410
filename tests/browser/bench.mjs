// How fast the page is, each figure beside a floor of the same run: `cargo xtask bench` builds what it needs and runs it.
// Nothing here fails on a clock. On a busy machine look at CPU time and at the ratios.
import { join } from 'node:path';
import { PATIENCE, launch, started, url } from './page.mjs';

/** The folder with the engine's benchmark for the browser. */
const BENCH = process.env.KAFKASCOPE_BENCH;
const PARTITIONS = 60;
const PRODUCERS = 10;
/** The large group, and what one more member of it is. */
const [MEMBERS, SHARED] = [100, 1000];
const MEMBER = "AddConsumer(topics:!(orders),group:billing,configs:(session.timeout.ms:'6000',heartbeat.interval.ms:'2000'))";
/** Frames that are measured, after as many that are not. */
const FRAMES = 300;

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const at = (numbers, share) => sorted(numbers)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ?? NaN;
const spread = (numbers) => `p50 ${at(numbers, 0.5).toFixed(1)} ms, p95 ${at(numbers, 0.95).toFixed(1)} ms`;
const ratio = (numbers, floor) => (at(numbers, 0.95) / at(floor, 0.95)).toFixed(1);

/** A page of the same server with nothing else in it. */
async function blank(page, body = '') {
  await page.route('**/blank.html', (route) => route.fulfill({ contentType: 'text/html', body: `<!doctype html>${body}` }));
  await page.goto(`${url}blank.html`);
}

/** The same benchmark as natively, in wasm; a fresh program for each part, so that memory is its own. */
async function engine(browser) {
  for (const part of ['throughput', 'messages', 'seek', 'assignors']) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.route('**/bench/*', (route) => {
      const file = new URL(route.request().url()).pathname.split('/').at(-1);
      if (file !== 'index.html') return route.fulfill({ path: join(BENCH, file) });
      const body = '<!doctype html><script type="module">import start from "./app.js"; start({ module_or_path: "app_bg.wasm" });</script>';
      return route.fulfill({ contentType: 'text/html', body });
    });
    const failed = new Promise((_, fail) => { page.on('pageerror', fail); });
    await page.goto(`${url}bench/index.html#${part}`);
    await Promise.race([failed, page.waitForSelector('html[data-done]', { state: 'attached', timeout: 10 * PATIENCE })]);
    const lines = await page.evaluate(() => Object.entries(document.documentElement.dataset));
    for (const [name, line] of lines) if (name.startsWith('line')) console.log(`wasm  ${line}`);
    await context.close();
  }
}

/** A world with a thousand messages under way between ten producers and three brokers, half a second each. */
function crowd() {
  const acts = [1, 2, 3].map(() => '0:AddBroker()');
  acts.push(`3:CreateTopic(name:orders,partitions:${PARTITIONS},replication:3)`);
  const producers = Array.from({ length: PRODUCERS }, (_, n) => 10_001 + n);
  const set = "configs:(acks:'1',enable.idempotence:'false',linger.ms:'0',max.in.flight.requests.per.connection:'200')";
  producers.forEach((id) => acts.push(`5:AddProducer(id:${id},workload:(topic:orders,rate:100),${set})`));
  acts.push('5:AddConsumer(topics:!(orders))');
  for (const id of producers) {
    for (const broker of [1, 2, 3]) {
      acts.push(`5.1:SetLink(from:${id},to:${broker},latency_us:500000)`);
      acts.push(`5.1:SetLink(from:${broker},to:${id},latency_us:500000)`);
    }
  }
  return { moment: 12, acts };
}

/** A group of a hundred members that share a thousand partitions, on three brokers. */
function large() {
  const acts = [1, 2, 3].map(() => '0:AddBroker()');
  acts.push(`3:CreateTopic(name:orders,partitions:${SHARED},replication:3)`);
  acts.push('8:AddProducer(workload:(topic:orders,rate:100))');
  for (let n = 0; n < MEMBERS; n += 1) acts.push(`9:${MEMBER}`);
  return { moment: 24, acts };
}

/** A page of its own in which a world stands at its moment, each of its frames watched. */
async function opened(browser, { moment, acts }) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
  await context.addInitScript(WATCH);
  let page = await context.newPage();
  await page.goto(url);
  await started(page);
  const version = (await page.evaluate(() => kafkascope.link())).split(';').slice(1, 3).join(';');
  await page.close();
  page = await context.newPage();
  await page.goto(`${url}#w=1;${version};7;${moment};0000000000000000;${acts.join(';')}`);
  await started(page);
  await page.waitForFunction(() => globalThis.kafkascope?.cluster, null, { timeout: PATIENCE });
  await page.keyboard.press('Escape');
  return page;
}

/** Counts what the stage does in each frame, and how long it takes. */
const WATCH = () => {
  const frames = (globalThis.benchFrames = []);
  const ask = globalThis.requestAnimationFrame.bind(globalThis);
  globalThis.requestAnimationFrame = (call) => ask((time) => {
    call(time);
    if (globalThis.kafkascope?.work) frames.push(JSON.parse(kafkascope.work()));
  });
};

/** The main thread's work in each frame, from the browser's own trace: [wall, CPU] in ms. */
async function traced(browser, page, act) {
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', '__metadata'] });
  await act();
  const { traceEvents } = JSON.parse(await browser.stopTracing());
  const fired = traceEvents.filter((event) => event.name === 'FireAnimationFrame' && event.ph === 'X');
  const thread = fired[0] && `${fired[0].pid}/${fired[0].tid}`;
  const tasks = traceEvents.filter((event) => event.ph === 'X' && `${event.pid}/${event.tid}` === thread
    && event.name.endsWith('RunTask'));
  const around = (inner) => tasks.find((task) => task.ts <= inner.ts && task.ts + task.dur >= inner.ts + inner.dur);
  const frames = [...new Set(fired.map(around).filter((task) => task))]; // a task fires the callbacks of its frame
  return { wall: frames.map((task) => task.dur / 1e3), cpu: frames.map((task) => (task.tdur ?? NaN) / 1e3) };
}

const frames = (page, count) => page.evaluate((count) => new Promise((done) => {
  const step = () => (count-- > 0 ? requestAnimationFrame(step) : done());
  step();
}), count);

/** Drawing as many squares on an equal canvas by a few lines of JavaScript. */
async function floorOfStage(browser, dots) {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await blank(page, '<canvas width=1440 height=900></canvas>');
  const run = () => page.evaluate(([dots, frames]) => new Promise((done) => {
    const pen = document.querySelector('canvas').getContext('2d');
    const took = [];
    const draw = (time) => {
      const began = performance.now();
      pen.clearRect(0, 0, 1440, 900);
      pen.fillStyle = 'teal';
      for (let n = 0; n < dots; n += 1) pen.fillRect((n * 37 + time / 9) % 1440, (n * 91) % 900, 5, 5);
      took.push(performance.now() - began);
      if (took.length < frames) requestAnimationFrame(draw);
      else done(took);
    };
    requestAnimationFrame(draw);
  }), [dots, FRAMES]);
  let stage;
  const whole = await traced(browser, page, async () => { stage = await run(); });
  await page.context().close();
  return { stage, whole };
}

async function stage(args, name) {
  const browser = await launch(args);
  const page = await opened(browser, crowd());
  await page.keyboard.press('5');
  await page.keyboard.press('Space');
  await frames(page, FRAMES);
  await page.evaluate(() => { globalThis.benchFrames.length = 0; });
  const whole = await traced(browser, page, () => frames(page, FRAMES));
  const work = await page.evaluate(() => globalThis.benchFrames);
  const dots = at(work.map((one) => one.dots), 0.5);
  const replicas = (await page.evaluate(() => kafkascope.cluster())).match(/^b\d+ orders-/gm)?.length;
  await page.context().close(); // its frames are not the floor's
  const floor = await floorOfStage(browser, dots);
  const took = work.map((one) => one.ms);
  console.log(`stage, ${name}: ${dots} messages under way, ${replicas} replicas, ${at(work.map((one) => one.tiles), 0.95)} boxes and `
    + `${at(work.map((one) => one.strings), 0.95)} strings redrawn at p95`);
  console.log(`stage, ${name}: its work ${spread(took)}; floor ${spread(floor.stage)}, ratio ${ratio(took, floor.stage)} at p95`);
  console.log(`stage, ${name}: whole frame ${spread(whole.wall)} (CPU ${spread(whole.cpu)}), ${whole.wall.length} frames; `
    + `floor ${spread(floor.whole.wall)} (CPU ${spread(floor.whole.cpu)}), ratio ${ratio(whole.cpu, floor.whole.cpu)} at p95`);
  await browser.close();
}

/** A rebalance of a large group while somebody watches: what a frame takes on each view, nothing happening in it first. */
async function rebalance() {
  const browser = await launch();
  const floor = await floorOfStage(browser, 0);
  const page = await opened(browser, large());
  await page.keyboard.press('5');
  const generation = async () => +(await page.locator('#group-panel h2.title').first().innerText()).match(/(\d+)$/)[1];
  const tell = (view, what, { wall, cpu }) => console.log(`rebalance of ${MEMBERS} members x ${SHARED} partitions, ${view}, ${what}: `
    + `whole frame ${spread(wall)}, longest ${Math.max(...wall).toFixed(1)} ms (CPU ${spread(cpu)}, longest ${Math.max(...cpu).toFixed(1)} ms), `
    + `${wall.length} frames; ratio ${ratio(cpu, floor.whole.cpu)} at p95`);
  let victim = 20_001;
  for (const view of ['Group', 'Cluster']) {
    await page.getByRole('tab', { name: view }).click();
    await page.locator('.transport .play[aria-label=Play]').click();
    await frames(page, 60);
    tell(view, 'nothing happens', await traced(browser, page, () => frames(page, 120)));
    for (const [what, act, count] of [['one joins', MEMBER, 480], ['one dies', `Crash(node:${victim})`, 720]]) {
      const took = await traced(browser, page, async () => {
        await page.evaluate((act) => kafkascope.act(act), act);
        await frames(page, count);
      });
      tell(view, what, took);
    }
    victim += 1;
    await page.locator('.transport .play[aria-label=Pause]').click();
    await page.getByRole('tab', { name: 'Group' }).click();
    console.log(`rebalance: generation ${await generation()}, ${await page.locator('#group').innerText().then((it) => it.match(/\w+ · \d+ members/)?.[0])}`);
  }
  await browser.close();
}

/** From the address to a picture, and to one that has changed. The floor: fetching and compiling the same program. */
async function firstPicture(browser) {
  const seen = [];
  const floors = [];
  for (let round = 0; round < 5; round += 1) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await context.addInitScript(() => {
      let first;
      const look = () => {
        const work = globalThis.kafkascope?.work && JSON.parse(kafkascope.work());
        if (!first && work && (work.tiles || work.dots)) {
          first = { at: performance.now(), text: kafkascope.cluster() };
        }
        if (first && kafkascope.cluster() !== first.text) globalThis.benchSeen = [first.at, performance.now()];
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    const page = await context.newPage();
    await page.goto(url);
    seen.push(await page.waitForFunction(() => globalThis.benchSeen).then((it) => it.jsonValue()));
    const bare = await context.newPage();
    await blank(bare);
    floors.push(await bare.evaluate(async () => {
      const began = performance.now();
      await WebAssembly.compileStreaming(fetch('app_bg.wasm'));
      return performance.now() - began;
    }));
    await context.close();
  }
  const [first, living] = [seen.map(([first]) => first), seen.map(([, living]) => living)];
  const middle = (numbers) => at(numbers, 0.5).toFixed(0);
  console.log(`first picture ${middle(first)} ms after the address, first change in it ${middle(living)} ms (median of 5 fresh visits); `
    + `floor ${middle(floors)} ms, ratio ${(at(living, 0.5) / at(floors, 0.5)).toFixed(1)}`);
}

const only = process.argv[2];
if (only === 'wasm') {
  const browser = await launch();
  await engine(browser);
  await browser.close();
} else if (only === 'rebalance') {
  await rebalance();
} else {
  const browser = await launch();
  await firstPicture(browser);
  await browser.close();
  await stage([], 'default Chromium');
  await stage(['--disable-gpu'], '--disable-gpu');
  await rebalance();
}
process.exit();
