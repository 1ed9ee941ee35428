/** `text` of others without what a terminal would obey: control characters, but for tabs and ends of lines. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu, '');
}
