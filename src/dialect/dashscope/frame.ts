/** One event of a native stream. The vendor's own SDK reads the name only where no space is before it, and the status from the line `status`. */
export function frameEvent(id: number, json: string): string {
  return `id:${id}\nevent:result\n:HTTP_STATUS/200\ndata:${json}\n\n`;
}

export function frameError(id: number, status: number, json: string): string {
  return `id:${id}\nevent:error\n:HTTP_STATUS/${status}\nstatus:${status}\ndata:${json}\n\n`;
}
