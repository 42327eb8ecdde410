// A new user's path, from the first screen to a shared world: one story, told by clicks, keys and drops.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Cluster, replicas } from './cluster.mjs';
import { assertAccessible, launch, program, shot, url, visit } from './page.mjs';

/** `broker.session.timeout.ms`, in µs. */
const SESSION = 9_000_000;
/** The partition whose leader dies. */
const PARTITION = 'orders-0';
const CITIES = ['Oslo', 'Lima', 'Accra', 'Hanoi', 'Quito', 'Cairo', 'Delhi', 'Tunis', 'Osaka', 'Paris', 'Turin', 'Dakar'];
const CSV = `id,city,parcels\n${CITIES.map((city, n) => `${n},${city},${10 + n}`).join('\n')}\n`;

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

test('from the first screen to a lost tail, to another future, to a link that anybody can check', () =>
  visit(browser, url, { colorScheme: 'light' }, async function story(page) {
    const cluster = new Cluster(page);
    await isAlive(page, cluster);
    await dropsCsv(page, cluster);
    await zoomsIn(page, cluster);
    const before = await losesTail(page, cluster);
    await losesNothing(page, cluster, before);
    await sharesWorld(page, cluster);
  }));

/** Three brokers work, and keep working. */
async function isAlive(page, cluster) {
  const first = await cluster.text();
  assert.match(first, /^b1 orders-0 leader .* isr$/m);
  await page.waitForFunction((before) => kafkascope.cluster() !== before, first);
  await shot(page, 'story-1-alive');
}

/** A topic of one's own, and a file that is dropped on it. */
async function dropsCsv(page, cluster) {
  await cluster.command('Create a topic');
  await page.fill('#form [name=name]', 'parcels');
  await page.fill('#form [name=partitions]', '1');
  await page.click('#form [type=submit]');
  await cluster.speed(4);
  await cluster.until((text) => /parcels-0 leader .* isr/.test(text));
  await page.click('#open-data');
  await page.locator('.drop').waitFor();
  const file = await page.evaluateHandle((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], 'parcels.csv', { type: 'text/csv' }));
    return data;
  }, CSV);
  await page.dispatchEvent('.drop', 'drop', { dataTransfer: file });
  await page.locator('#data-preview', { hasText: '3,Hanoi,13' }).waitFor();
  await page.selectOption('#data-key', 'city');
  await page.selectOption('#data-topic', 'parcels');
  await shot(page, 'story-2-drop');
  await page.click('#produce');
  await page.locator('#feed', { hasText: `${CITIES.length} records sent` }).waitFor();
  await cluster.until((text) => [...text.matchAll(/parcels-0 .* log 0\.\.12 hw 12 isr/g)].length === 3);
  await shot(page, 'story-3-landed');
}

/** From the cluster into the bytes of one record. */
async function zoomsIn(page, cluster) {
  await cluster.pause();
  await page.keyboard.press('ArrowRight');
  const leader = await cluster.leader('parcels-0');
  await cluster.zoomInto(`record/${leader}/parcels-0/7`);
  await page.locator('#log').waitFor();
  await assertRecordSeven(page);
  await assertAccessible(page);
  await shot(page, 'story-4-hex');
  await page.getByRole('tab', { name: 'Cluster' }).click();
}

async function assertRecordSeven(page) {
  await page.locator('#log .hextext').first().waitFor();
  const text = (await page.locator('#log .hextext').allInnerTexts()).join('');
  assert.match(text, /7,Tunis,17/, 'the value of record 7 lies in the bytes');
  const field = page.locator('#log .fields button', { hasText: 'value' }).last();
  await field.hover();
  const lit = await page.locator('#log .hexbytes .lit').allInnerTexts();
  assert.match(Buffer.from(lit.join(''), 'hex').toString(), /7,Tunis,17/, 'the field points at its bytes');
}

/** With acks=1 a leader that nobody copies from takes what it promised with it. Answers the moment before the hold. */
async function losesTail(page, cluster) {
  await configure(page, cluster, { acks: '1' });
  await runFor(cluster, 1_000_000);
  const before = await cluster.now();
  const leader = await crashesUncopied(page, cluster, 6);
  await shot(page, 'story-5-new-leader');
  const gone = await healsAndCuts(page, cluster, leader);
  await shot(page, 'story-6-cut');
  const lost = (await lostOffsets(page, cluster)).sort((a, b) => a - b);
  await shot(page, 'story-7-acknowledged-and-gone');
  assert.equal(lost[0], gone.first, 'the first promise that was broken lies at the boundary of the epoch');
  assert.ok(lost.at(-1) <= gone.last, `${lost} lie in what was cut: ${gone.first}…${gone.last}`);
  assert.ok(lost.length > 3, `${lost}`);
  return before;
}

/** Back to before the crash, and another future, in which all must have what is promised. */
async function losesNothing(page, cluster, before) {
  await cluster.pause();
  await cluster.scrub(before);
  const here = await cluster.now();
  assert.ok(here <= before && here > before - 1_000_000, `${here} is shortly before ${before}`);
  await configure(page, cluster, { acks: 'all' });
  await setMinInsync(page, cluster);
  await page.locator('#branches button', { hasText: '2' }).and(page.locator('[aria-pressed=true]')).waitFor();
  await runFor(cluster, 2_000_000);
  const leader = await crashesUncopied(page, cluster, 0);
  await heals(page, cluster, leader);
  await isBack(cluster);
  assert.deepEqual(await lostOffsets(page, cluster), [], 'nothing that was acknowledged is lost');
  await shot(page, 'story-8-nothing-lost');
}

/** Both producers get this config, each in its form. */
async function configure(page, cluster, configs) {
  await cluster.speed(4);
  for (const producer of [10001, 10002]) {
    for (const [name, value] of Object.entries(configs)) {
      await cluster.click(`producer/${producer}`);
      await page.locator('#inspector button', { hasText: 'acks, batching' }).click();
      await page.selectOption('#form [name=config]', name);
      await page.fill('#form [name=value]', value);
      await page.click('#form [type=submit]');
      await page.locator('#form').waitFor({ state: 'detached' });
      await cluster.play();
      await page.locator('#inspector dt', { hasText: /^acks$/ }).locator('xpath=following-sibling::dd[1]', { hasText: value }).waitFor();
    }
  }
}

async function setMinInsync(page, cluster) {
  await cluster.click(`replica/${await cluster.leader(PARTITION)}/${PARTITION}`);
  await page.locator('#inspector button', { hasText: 'Topic configs' }).click();
  await page.selectOption('#form [name=config]', 'min.insync.replicas');
  await page.fill('#form [name=value]', '2');
  await page.click('#form [type=submit]');
  await page.locator('#form').waitFor({ state: 'detached' });
}

/** Plays on for so much simulated time. */
async function runFor(cluster, micros) {
  const until = await cluster.now() + micros;
  await cluster.speed(5);
  await cluster.play();
  while (await cluster.now() < until) await cluster.page.waitForFunction((at) => kafkascope.now() >= at, until);
}

/** Holds the followers' fetches, lets producers write so many records, crashes the leader, and waits for another. */
async function crashesUncopied(page, cluster, records) {
  await cluster.pause();
  const leader = await cluster.leader(PARTITION);
  await cluster.click(`replica/${leader}/${PARTITION}`);
  await page.locator('#inspector button', { hasText: `Hold the followers' fetches of ${PARTITION}` }).click();
  await cluster.speed(4);
  await cluster.play();
  // Nobody is answered now who asked for acks=all: there may be nothing that only the leader has.
  if (records === 0) await runFor(cluster, 500_000);
  await cluster.until((text) => {
    const [most, next] = replicas(text, PARTITION).map((replica) => replica.end).sort((a, b) => b - a);
    return most - next >= records;
  });
  await page.locator('#inspector button', { hasText: `Crash broker ${leader}` }).click();
  const crashed = await cluster.now();
  await cluster.speed(6);
  await cluster.until((text) => replicas(text, PARTITION).some((r) => r.role === 'leader' && r.broker !== leader));
  const took = await cluster.now() - crashed;
  assert.ok(took > SESSION / 2 && took < SESSION * 2, `a new leader ${took} µs after the crash`);
  return leader;
}

/** Lets everything through, starts the broker again, and waits until it has cut its tail and is back. */
async function healsAndCuts(page, cluster, broker) {
  await heals(page, cluster, broker);
  const line = page.locator('#news button', { hasText: new RegExp(`^b${broker} cuts ${PARTITION}: `) });
  await line.waitFor();
  const [, first, last] = /: (\d+)…(\d+) are gone/.exec(await line.first().innerText());
  await isBack(cluster);
  return { first: +first, last: +last };
}

/** Waits until all three replicas are in sync. */
async function isBack(cluster) {
  await cluster.speed(5);
  await cluster.until((text) => replicas(text, PARTITION).filter((replica) => replica.isr).length === 3);
  await cluster.pause();
}

/** Lets everything through and starts the broker again. */
async function heals(page, cluster, broker) {
  await cluster.pause();
  const fault = async (name) => {
    await page.keyboard.press('f');
    const button = page.locator('#fault-menu button', { hasText: name }).first();
    await page.locator('#fault-menu').waitFor();
    const there = await button.count();
    if (there) await button.click();
    else await page.keyboard.press('Escape');
    return there;
  };
  while (await fault(/^Release/));
  assert.ok(await fault(`Restart broker ${broker}`));
  // Slowly: the newest lines push older ones out, and the cut is told once.
  await cluster.speed(4);
  await cluster.play();
}

/** The acknowledged offsets of the partition that the page lists as gone. */
async function lostOffsets(page, cluster) {
  const offsets = [];
  for (const producer of [10001, 10002]) {
    await cluster.click(`producer/${producer}`);
    await page.locator('#inspector h2', { hasText: producer === 10001 ? 'producer-1' : 'producer-2' }).waitFor();
    for (const line of await page.locator('#lost li', { hasText: PARTITION }).allInnerTexts()) {
      for (const [, first, last] of line.matchAll(/ (\d+)(?:…(\d+))?(?=,| \()/g)) {
        for (let offset = +first; offset <= +(last ?? first); offset += 1) offsets.push(offset);
      }
    }
  }
  return offsets;
}

/** The link, in a browser that has never seen this world, and in a terminal. */
async function sharesWorld(page, cluster) {
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  const link = await page.locator('#share-link').inputValue();
  const digest = /[0-9a-f]{16}/.exec(await page.locator('#share-digest').innerText())[0];
  await assertAccessible(page);
  await shot(page, 'story-9-share');
  const [now, text] = [Math.floor(await cluster.now()), await cluster.text()];
  assert.equal(digest, await cluster.digest());
  await visit(browser, link, { colorScheme: 'dark' }, async function opened(fresh) {
    const there = new Cluster(fresh);
    assert.equal(await there.digest(), digest);
    assert.deepEqual([await there.now(), await there.text()], [now, text]);
    assert.equal(await fresh.locator('#notice').count(), 0, 'nothing differs');
    await shot(fresh, 'story-10-opened');
  });
  const printed = execFileSync(program(), ['run', link, '--print', 'digest'], { encoding: 'utf8' });
  assert.match(printed, new RegExp(digest), 'the terminal has the same digest');
}
