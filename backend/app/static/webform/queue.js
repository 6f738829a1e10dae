// What waits in the browser: sealed letters and nothing else. They outlive the link, so that a new one can send them.
const NAME = "fieldveil";
const STORE = "letters";

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "letterId" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function inStore(mode, act) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      // Strict: "sealed" may be said only of what a power cut leaves.
      const transaction = database.transaction(STORE, mode, { durability: "strict" });
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

// {letterId, formId, keyId, opensUntil, sealed}
export const keep = (letter) => inStore("readwrite", (store) => store.put(letter));
export const waiting = () => inStore("readonly", (store) => store.getAll());
export const remove = (letterId) => inStore("readwrite", (store) => store.delete(letterId));
