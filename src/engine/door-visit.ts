import { doorLineBytesMax, type DoorFrame, type WaitingFrame } from "./door.ts";
import { FrameWriter } from "./frame-writer.ts";
import { LineReader } from "./line-reader.ts";

/** A client's connection to the door, on behalf of all requests of its process that wait for one model. */
export class DoorVisit {
  readonly #writer: FrameWriter;
  readonly #end: () => void;
  isOpen = true;

  private constructor(writer: FrameWriter, end: () => void) {
    this.#writer = writer;
    this.#end = end;
  }

  /** Rejects where there is no door: engines without one run always. */
  static async open(socketPath: string, onFrame: (frame: DoorFrame) => void): Promise<DoorVisit> {
    let visit: DoorVisit | undefined;
    const gone = () => visit?.close();
    const reader = new LineReader({
      lineBytesMax: doorLineBytesMax,
      onLine: (line) => onFrame(JSON.parse(line) as DoorFrame),
    });
    const socket = await Bun.connect({
      unix: socketPath,
      socket: {
        data(socket, chunk) {
          try {
            reader.push(chunk);
          } catch {
            socket.terminate();
            gone();
          }
        },
        drain: () => visit?.drain(),
        close: gone,
        error: gone,
      },
    });
    const writer = new FrameWriter(socket, { waitingBytesMax: 1024 * 1024, onOverflow: () => socket.terminate() });
    visit = new DoorVisit(writer, () => socket.end());
    return visit;
  }

  tell(waiting: WaitingFrame): void {
    this.#writer.send(waiting);
  }

  drain(): void {
    this.#writer.drain();
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#writer.flush();
    this.#writer.close();
    this.#end();
  }
}
