// A disk goes out as a zip and comes in again, a bit flips, and configs are read and set.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Cluster } from './cluster.mjs';
import { assertAccessible, launch, shot, url, visit } from './page.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** The Log view of the first world, at a moment with some segments. */
async function openLog(page) {
  const cluster = new Cluster(page);
  await cluster.pause();
  await cluster.seek(10.8e6);
  await page.getByRole('tab', { name: 'Log' }).click();
  await page.locator('#log').waitFor();
  return cluster;
}

test('a directory is taken out, opened again, and a broken segment shows where it breaks', () =>
  visit(browser, url, { colorScheme: 'light', acceptDownloads: true }, async function disk(page) {
    const cluster = await openLog(page);
    const digest = await cluster.digest();
    await page.locator('.opener').first().click();
    assert.match(await page.locator('#entry-line').innerText(), /^(timestamp: \d+ offset: \d+|offset: \d+ position: \d+)$/);
    await assertAccessible(page);
    await shot(page, 'files-entry');
    await page.locator('.files summary').click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#take-out')]);
    const zip = readFileSync(await download.path());
    assert.equal(zip.subarray(0, 2).toString(), 'PK');
    await page.click('#open-own');
    await page.setInputFiles('#foreign-files', { name: 'holiday.png', mimeType: 'image/png', buffer: Buffer.from('\x89PNG') });
    await page.locator('#foreign-problem', { hasText: 'holiday.png is no segment' }).waitFor();
    await assertAccessible(page);
    await page.setInputFiles('#foreign-files', { name: 'orders.zip', mimeType: 'application/zip', buffer: zip });
    await page.locator('#foreign-close').waitFor();
    assert.equal(await page.locator('#foreign-dir option').count(), 1);
    await assertAccessible(page);
    await shot(page, 'files-opened');
    await page.click('#foreign-close');
    await page.locator('#log-partition').waitFor();
    assert.equal(await cluster.digest(), digest, 'it was a look, not an act');
  }));

test('a click on a bit flips it, the CRC says so, and recovery cuts the log there', () =>
  visit(browser, url, { colorScheme: 'dark' }, async function bits(page) {
    const cluster = await openLog(page);
    const leader = await cluster.leader('orders-0');
    await page.locator('.batch').last().click();
    await page.locator('#batch-crc.ok').waitFor();
    await page.locator('#batch-detail .hexbytes [data-at="70"]').last().click();
    await page.locator('#bit-3').click();
    await page.locator('#batch-crc.bad').waitFor();
    await assertAccessible(page);
    await shot(page, 'files-flipped');
    await cluster.command(`Crash broker ${leader}`);
    await cluster.command(`Restart broker ${leader}`);
    await cluster.seek(await cluster.now() + 2e6);
    await page.locator('#cut', { hasText: `broker ${leader} cut` }).waitFor();
    await shot(page, 'files-cut');
  }));

test('a config is found, refused with its name in Kafka, and set', () =>
  visit(browser, url, { colorScheme: 'light' }, async function configs(page) {
    const cluster = new Cluster(page);
    await cluster.pause();
    await page.click('#open-configs');
    await page.locator('#config-owner').selectOption({ label: 'topic orders' });
    await page.fill('#config-search', 'min.insync');
    await page.locator('[id="config-min.insync.replicas"]').click();
    await page.fill('#config-edit [name=value]', '0');
    await page.click('#config-edit [type=submit]');
    await page.locator('#config-edit [role=alert]', { hasText: 'INVALID_CONFIG' }).waitFor();
    await assertAccessible(page);
    await shot(page, 'configs-refused');
    await page.fill('#config-edit [name=value]', '2');
    await page.click('#config-edit [type=submit]');
    await cluster.seek(await cluster.now() + 1e6);
    await page.locator('.config-list tr.chosen', { hasText: '2' }).waitFor();
    await page.locator('#config-acts', { hasText: 'set to 2' }).waitFor();
  }));
