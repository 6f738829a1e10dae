// The service worker: pages of the web form and their scripts come from the network first, and from the cache without it.
const CACHE = "fieldveil-fill";
const PATIENCE = 4000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(page(pathname));
  else if (pathname.startsWith("/static/")) event.respondWith(script(event.request));
});

async function page(pathname) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(pathname);
  // No session goes along: the page needs none, and the code of others that runs in it must not have it.
  const fresh = fetch(pathname, { credentials: "omit" }).then(async (answer) => {
    if (answer.ok) await cache.put(pathname, answer.clone());
    return answer;
  });
  if (!kept) return fresh;
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE));
  return Promise.race([fresh.catch(() => kept), late]);
}

async function script(request) {
  return (await caches.match(request)) || fetch(request);
}
