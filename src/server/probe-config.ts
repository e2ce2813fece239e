import { SahabError } from "../base/errors.ts";
import type { CloudConfig, Snapshot } from "../config/index.ts";
import { createProviderTest, type TestDeps, type Tester, type TestWish } from "../gateway/index.ts";
import type { ProviderReport } from "../vendor/index.ts";

/** More take minutes; the others are tried by `provider test`. */
const providersMax = 50;
const atOnce = 4;

/** Tries the declared providers of a configuration that need not be stored: reached or not, key, models. No model is asked, so it costs nothing. */
export type ProbeConfig = (config: CloudConfig, tester: Tester) => Promise<ProviderReport[]>;

/** Tries one provider of such a configuration, and asks it for a token where that is wanted. */
export type TryProvider = (
  config: CloudConfig,
  name: string,
  wish: TestWish,
  tester: Tester,
) => Promise<ProviderReport>;

type Build = (config: CloudConfig) => Promise<{ snapshot: Snapshot; close(): void }>;

const triesMax = 4;

/** `build` as below. */
export function createProviderTrial(deps: Omit<TestDeps, "snapshot">, build: Build): TryProvider {
  let underWay = 0;
  return async (config, name, wish, tester) => {
    if (underWay >= triesMax)
      throw new SahabError(
        "overloaded",
        `${underWay} providers are being tried, and ${triesMax} is the limit; try again shortly`,
        { retryAfterS: 5 },
      );
    underWay++;
    let close: (() => void) | undefined;
    try {
      const built = await build(config);
      ({ close } = built);
      return await createProviderTest({ ...deps, snapshot: () => built.snapshot })(name, wish, tester);
    } finally {
      close?.();
      underWay--;
    }
  };
}

/** `build` makes a snapshot of the configuration, and `close` ends what that needed. One probe runs at a time. */
export function createConfigProbe(deps: Omit<TestDeps, "snapshot">, build: Build): ProbeConfig {
  let isBusy = false;
  return async (config, tester) => {
    if (isBusy)
      throw new SahabError("overloaded", "Another configuration's providers are being tried; try again shortly", {
        retryAfterS: 5,
      });
    isBusy = true;
    let close: (() => void) | undefined;
    try {
      const built = await build(config);
      ({ close } = built);
      const test = createProviderTest({ ...deps, snapshot: () => built.snapshot });
      const waiting = config.providers.slice(0, providersMax).entries();
      const reports: ProviderReport[] = [];
      // All take from one iterator, so each provider is tried once.
      const work = async () => {
        for (const [at, { name }] of waiting) reports[at] = await test(name, { token: false }, tester);
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      return reports;
    } finally {
      close?.();
      isBusy = false;
    }
  };
}
