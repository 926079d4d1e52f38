/**
 * SHA-256 of bytes or of UTF-8 text.
 *
 * @param content Bytes, not in shared memory, or text.
 * @returns 64 hexadecimal digits.
 */
export async function sha256(content: string | Uint8Array): Promise<string> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
