// Seals as the letterbox does: HPKE base mode, P-256, HKDF-SHA256, AES-256-GCM, bound to the form. Only a worker opens it.
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from "@hpke/core";

const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

export async function seal(publicKey, formId, xml) {
  const encoder = new TextEncoder();
  const point = Uint8Array.from(atob(publicKey), (letter) => letter.charCodeAt(0));
  const recipientPublicKey = await suite.kem.deserializePublicKey(point.buffer);
  const sender = await suite.createSenderContext({ recipientPublicKey, info: encoder.encode(formId).buffer });
  const content = new Uint8Array(await sender.seal(encoder.encode(xml).buffer));
  const key = new Uint8Array(sender.enc);
  const letter = new Uint8Array(key.length + content.length);
  letter.set(key);
  letter.set(content, key.length);
  return letter;
}

export function letterId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
