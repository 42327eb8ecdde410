// Keeps the page for a day without a network: fresh where there is one, kept where there is none.
// The build puts in the list of files, and a version that changes with them.
const KEPT = 'kafkascope-%VERSION%';
const FILES = %FILES%;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  const old = (name) => name.startsWith('kafkascope-') && name !== KEPT;
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== self.location.origin) return;
  const kept = () => caches.match(request, { ignoreSearch: true, ignoreVary: true })
    .then((answer) => answer ?? (request.mode === 'navigate' ? caches.match('./', { ignoreVary: true }) : Response.error()));
  event.respondWith(fetch(request).catch(kept));
});
