import type { Aside, Attempt, TranslatedRequest, TurnsByKey, WireBody } from "../call/index.ts";
import type { TranslationTarget } from "../dialect/translate.ts";
import type { FetchedImages } from "./fetched-images.ts";
import type { ImageFetcher } from "./image-fetcher.ts";

/** A body that is sent, and what is to be called when that was done or did not come to it. */
export type Outgoing = WireBody & {
  mark?: string | undefined;
  /** See TranslatedRequest. */
  clientNames?: ReadonlyMap<string, string> | undefined;
  /** Others' proofs were left out of the client's bytes. */
  isWithout?: boolean;
  /** Of a request that was translated: whether it has what was kept of earlier turns. */
  putsBack?: boolean;
  release?(): void;
};

/** Whether a prompt is to be kept where the caller has marked it. */
export function hasCacheMarkers({ pieces }: WireBody): boolean {
  return pieces.some((piece) => Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).includes(cacheMarker));
}

/** As a key; within a text its quotes would be escaped. */
const cacheMarker = Buffer.from('"cache_control"');

export function toWire({ body, ...rest }: TranslatedRequest, turns: TurnsByKey | undefined): Outgoing {
  return { ...rest, pieces: [body], putsBack: turns !== undefined && turns.size > 0 };
}

/** Translates a large request, once more where something was kept of its turns or fetched: what it is is known only afterwards. */
export async function translateAside(
  aside: Aside,
  dialect: string,
  target: TranslationTarget,
  { attempt, images, mayPutBack }: { attempt: Attempt; images: ImageFetcher | undefined; mayPutBack: boolean },
): Promise<Outgoing> {
  const translated = await aside.translate(dialect, target, attempt);
  const { muteTurns, imageAddresses } = translated;
  const turns = mayPutBack ? await findTurns(muteTurns, attempt) : undefined;
  const again = (dataUrls?: ReadonlyMap<string, string>) =>
    aside.translate(dialect, { ...target, turns, dataUrls }, attempt);
  if (images && imageAddresses.length > 0)
    return withImages(images.fetch(imageAddresses, attempt), async ({ dataUrls }) => ({
      translated: await again(dataUrls),
      turns,
    }));
  return toWire(turns?.size ? await again() : translated, turns);
}

export async function withImages(
  fetching: ReturnType<ImageFetcher["fetch"]>,
  encode: (images: FetchedImages) => Promise<{ translated: TranslatedRequest; turns: TurnsByKey | undefined }>,
): Promise<Outgoing> {
  const images = await fetching;
  try {
    const { translated, turns } = await encode(images);
    return {
      ...toWire(translated, turns),
      pieces: images.putInto(translated.body),
      release: () => images.release(),
    };
  } catch (error) {
    images.release();
    throw error;
  }
}

export function findTurns(keys: readonly string[], { memory, tenant }: Attempt) {
  return keys.length === 0 ? undefined : memory?.find(tenant.project, keys);
}
