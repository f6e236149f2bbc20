// Why: an open page keeps up with the journal. Reading needs none of this: each page is whole without it.
// Promises: pure text. A step that is heard of makes the page be asked for again, and only what changed is put in its
// place; what a person is writing stays. A page in the background lets go of its connection.
// Never: makes markup of its own; asks again and again.

/** The script of every page. */
export const pageScript = `'use strict';
(() => {
  if (location.hash.startsWith('#token=')) history.replaceState(null, '', location.pathname + location.search);
  const said = document.getElementById('said');
  const live = document.getElementById('live');
  const sources = new WeakMap();
  const note = (root) => {
    for (const one of root.querySelectorAll('[data-live], [data-key]')) sources.set(one, one.outerHTML);
  };
  note(document);
  const isWritten = (field) => field.matches('input:not([type=hidden]), textarea') && field.value !== field.defaultValue;
  const isBusy = (part) =>
    (part.contains(document.activeElement) && document.activeElement.matches('input, textarea, select')) ||
    [...part.querySelectorAll('input, textarea')].some(isWritten);
  const swap = (old, fresh) => {
    const source = fresh.outerHTML;
    if (sources.get(old) === source || isBusy(old)) return old;
    const open = new Set([...old.querySelectorAll('details[open][id]')].map((one) => one.id));
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const place = document.importNode(fresh, true);
    for (const one of place.querySelectorAll('details[id]')) one.open ||= open.has(one.id);
    old.replaceWith(place);
    sources.set(place, source);
    note(place);
    const again = focused?.getAttribute('href');
    if (again) [...place.querySelectorAll('a[href]')].find((one) => one.getAttribute('href') === again)?.focus();
    return place;
  };
  const keyed = (root) => new Map([...root.children].map((one) => [one.dataset.key, one]));
  const swapList = (old, fresh) => {
    const before = keyed(old);
    const after = keyed(fresh);
    for (const [key, one] of before) if (!after.has(key) && !isBusy(one)) one.remove();
    let last = null;
    for (const [key, one] of after) {
      const had = before.get(key);
      const place = had ? swap(had, one) : document.importNode(one, true);
      if (!had) { sources.set(place, one.outerHTML); note(place); }
      const next = last ? last.nextElementSibling : old.firstElementChild;
      if (next !== place) old.insertBefore(place, next);
      last = place;
    }
  };
  let asking = false;
  let again = false;
  const refresh = async () => {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: 'text/html' }, cache: 'no-store' });
      if (answer.status === 401) { location.reload(); return; }
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      document.title = page.title;
      document.body.dataset.line = page.body.dataset.line ?? '';
      const order = page.body.dataset.order ?? '';
      if (order !== (document.body.dataset.order ?? '')) {
        document.body.dataset.order = order;
        leave();
        listen();
      }
      for (const old of document.querySelectorAll('[data-live]')) {
        const fresh = page.getElementById(old.id);
        if (fresh) (old.hasAttribute('data-list') && fresh.hasAttribute('data-list') ? swapList : swap)(old, fresh);
      }
    } finally {
      asking = false;
      if (again) { again = false; void refresh(); }
    }
  };
  // Steps come in bursts: one look for each burst.
  let due = 0;
  const soon = () => { due ||= setTimeout(() => { due = 0; void refresh(); }, 150); };
  let stream = null;
  const tell = (text) => { if (live) live.textContent = text; };
  const listen = () => {
    if (stream || document.hidden || document.body.dataset.line === undefined) return;
    const order = document.body.dataset.order;
    stream = new EventSource('/events?after=' + encodeURIComponent(document.body.dataset.line) + (order ? '&order=' + encodeURIComponent(order) : ''));
    // The stream tells no change again that was no step: one look more.
    stream.addEventListener('open', () => { tell('Live'); soon(); });
    stream.addEventListener('step', (event) => { if (said) said.textContent = JSON.parse(event.data).words; soon(); });
    stream.addEventListener('grown', soon);
    stream.addEventListener('stale', soon);
    stream.addEventListener('changed', soon);
    stream.addEventListener('lost', () => { leave(); tell('Not live: reload to look again'); });
    stream.addEventListener('error', () => tell('Not connected'));
  };
  const leave = () => { stream?.close(); stream = null; };
  document.addEventListener('visibilitychange', () => { if (document.hidden) leave(); else listen(); });
  addEventListener('pagehide', leave);
  addEventListener('pageshow', listen);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.target instanceof HTMLTextAreaElement)
      event.target.form?.requestSubmit();
  });
  listen();
})();
`;

/** The script of the page that signs in. */
export const signInScript = `'use strict';
(async () => {
  const token = location.hash.startsWith('#token=') ? location.hash.slice(7) : '';
  if (token === '') return;
  history.replaceState(null, '', location.pathname + location.search);
  const answer = await fetch('/session', { method: 'POST', body: new URLSearchParams({ token }), redirect: 'manual' });
  if (answer.type === 'opaqueredirect' || answer.ok) location.reload();
  else document.getElementById('wrong').hidden = false;
})();
`;
