import { plugin } from "bun";

/**
 * Keeps node-llama-cpp from trying its binary in a process of its own first. An engine is such a process already: it may crash, and
 * its parent says so. And in its sandbox it sees no process of /proc but itself, so that another runtime would not start.
 */
export function skipBinaryTest(): void {
  plugin({
    name: "skip the test of the binary",
    setup(build) {
      build.onLoad(
        { filter: /[\\/]node-llama-cpp[\\/]dist[\\/]bindings[\\/]utils[\\/]testBindingBinary\.js$/ },
        () => ({
          contents: "export const testBindingBinary = async () => true;",
          loader: "js",
        }),
      );
    },
  });
}
