// The first screen's consumer group: a fourth member joins, one dies; each request can be read.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster } from './cluster.mjs';
import { assertAccessible, launch, shot, url, visit } from './page.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** The Group view with three members of a stable group. */
async function grouped(page) {
  const cluster = new Cluster(page);
  await cluster.pause();
  await page.getByRole('tab', { name: 'Group' }).click();
  await later(page, cluster, 10e6);
  await page.locator('#group', { hasText: 'Stable · 3 members' }).waitFor();
  return cluster;
}

/** Goes on by so many microseconds. */
async function later(page, cluster, span) {
  await cluster.seek(await cluster.now() + span);
}

const generation = async (page) => +(await page.locator('#group-panel h2.title').first().innerText()).match(/(\d+)$/)[1];

test('a member joins: the rebalance is drawn request by request, and both directions of time show the same', () =>
  visit(browser, url, {}, async function joins(page) {
    const cluster = await grouped(page);
    const before = await generation(page);
    await page.click('#add-member');
    await later(page, cluster, 10e6);
    await page.locator('#group', { hasText: 'Stable · 4 members' }).waitFor();
    assert.ok(await generation(page) > before, 'another generation');
    assert.match(await page.locator('#group-panel').innerText(), /joined\./);
    assert.equal(await page.locator('.g-moved li').count(), 4, 'a row for each member');
    const lines = page.locator('.g-line[role=button]');
    assert.ok(await lines.count() > 8, 'the requests of the rebalance');
    const labels = await lines.evaluateAll((all) => all.map((line) => line.getAttribute('aria-label')));
    assert.ok(labels.some((label) => /^JoinGroup request from consumer-/.test(label)), labels.join('\n'));
    const picture = () => page.locator('.g-plot').innerHTML();
    const [now, drawn] = [await cluster.now(), await picture()];
    await cluster.seek(now - 9e6);
    assert.notEqual(await picture(), drawn, 'the picture follows the playhead back');
    await cluster.seek(now);
    assert.equal(await picture(), drawn, 'and forth');
  }));

test('a line opens its message by mouse and by keyboard; the playhead stays', () =>
  visit(browser, url, {}, async function decodes(page) {
    const cluster = await grouped(page);
    const now = await cluster.now();
    await page.locator('.g-line[aria-label^=JoinGroup]').first().click();
    const message = page.locator('#group-message');
    await message.getByText('JoinGroup').first().waitFor();
    assert.match(await message.innerText(), /billing/, 'its fields');
    await page.locator('.g-line.open').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('.g-line.open:focus').waitFor();
    assert.equal(await cluster.now(), now);
  }));

test('a member is killed: its partitions have nobody until the session is over, then new owners', () =>
  visit(browser, url, {}, async function killed(page) {
    const cluster = await grouped(page);
    await page.locator('#group-panel').getByRole('button', { name: /^Crash consumer-/ }).first().click();
    await later(page, cluster, 5e6);
    assert.match(await page.locator('#group').innerText(), /3 members/, 'the coordinator does not know yet');
    await page.locator('.g-members', { hasText: 'process gone' }).waitFor();
    await later(page, cluster, 60e6);
    await page.locator('#group', { hasText: 'Stable · 2 members' }).waitFor();
    assert.match(await page.locator('#group-panel').innerText(), /was removed by the coordinator/);
    await page.locator('.g-consuming .nobody').first().waitFor();
    assert.ok(await page.locator('.g-moved li.gone').count() === 1);
  }));

/** The partitions between two owners as the stage has drawn them. */
async function travels(page) {
  await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));
  return JSON.parse(await page.evaluate(() => kafkascope.travels()));
}

test('on the stage the partitions of the dead wait at the border and go to who takes them, in both directions of time', () =>
  visit(browser, url, {}, async function glides(page) {
    const cluster = await grouped(page);
    await page.getByRole('tab', { name: 'Cluster' }).click();
    assert.deepEqual(await travels(page), [], 'all is quiet');
    assert.equal(await page.locator('#travels').count(), 0);
    await cluster.command('Go to Group');
    await page.locator('#group-panel').getByRole('button', { name: /^Crash consumer-/ }).first().click();
    await page.getByRole('tab', { name: 'Cluster' }).click();
    const legs = async () => (await travels(page)).map((chip) => chip.leg);
    assert.ok((await legs()).every((leg) => leg === 'leaves') && (await legs()).length > 0, 'they leave');
    await later(page, cluster, 5e6);
    const waiting = await travels(page);
    assert.deepEqual(new Set(waiting.map((chip) => chip.leg)), new Set(['waits']));
    assert.equal(new Set(waiting.map((chip) => chip.x)).size, 1, 'all on the border');
    assert.equal(new Set(waiting.map((chip) => chip.y)).size, waiting.length, 'each in its own place');
    assert.match(await page.locator('#travels').innerText(), /: consumer-\d+ lost it; nobody in group billing has it/);
    // They are taken at a moment between these two.
    let [low, high] = [await cluster.now(), await cluster.now() + 60e6];
    for (let tries = 0; tries < 40; tries += 1) {
      await cluster.seek((low + high) / 2);
      const found = await legs();
      if (found.includes('waits')) low = (low + high) / 2;
      else if (found.includes('comes')) break;
      else high = (low + high) / 2;
    }
    const coming = await travels(page);
    assert.ok(coming.some((chip) => chip.leg === 'comes'), 'they come');
    assert.match(await page.locator('#travels').innerText(), /goes from consumer-\d+ to consumer-\d+/);
    const there = await cluster.now();
    await cluster.seek(there - 3e6);
    assert.deepEqual(new Set(await legs()), new Set(['waits']), 'backwards they wait again');
    await cluster.seek(there);
    assert.deepEqual(await travels(page), coming, 'and forth they are where they were');
  }));

/** Answers the first question of the lesson on commits, runs it, and tells whether it came true. */
async function predicts(page, choice) {
  await page.locator('.choice').nth(choice).click();
  await page.click('#lock');
  await page.click('#run');
  await page.click('#skip');
  await page.locator('#outcome').waitFor();
  return page.evaluate(() => JSON.parse(kafkascope.lesson()).right);
}

test('killed mid-poll before its commit: the duplicates that were predicted are marked against those that came', () =>
  visit(browser, `${url}#lesson=L18`, {}, async function duplicates(page) {
    assert.equal(await predicts(page, 1), true, 'the three that it had processed come twice');
    await page.getByRole('tab', { name: 'Group' }).click();
    await page.locator('#group', { hasText: 'Stable · 1 member ' }).waitFor();
    const row = page.locator('#group-lag tbody tr', { hasText: 'orders-0' });
    assert.match(await row.innerText(), /\b5\b/, 'all five were delivered twice, three of them processed twice');
  }));

test('who predicts that each is processed once is told that it was not so', () =>
  visit(browser, `${url}#lesson=L18`, {}, async function wrong(page) {
    assert.equal(await predicts(page, 0), false);
  }));

test('on a phone the panel of the group comes up as a sheet', () =>
  visit(browser, url, { viewport: { width: 390, height: 844 }, hasTouch: true }, async function phone(page) {
    await grouped(page);
    assert.equal(await page.isVisible('#group-panel'), false);
    await page.click('#sheet-right');
    await page.waitForSelector('#group-panel', { state: 'visible' });
    await page.waitForSelector('#group', { state: 'visible' });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 390, 'nothing is wider than the phone');
    await shot(page, 'group-phone');
    await assertAccessible(page);
    await page.click('#sheet-right');
    assert.equal(await page.isVisible('#group-panel'), false);
  }));
