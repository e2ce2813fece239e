/** The child needs the variables of the loader and the GPU. It must not get the program's secrets. */
export function childEnvironment(all: Record<string, string | undefined>): Record<string, string> {
  const allowed =
    /^(PATH|HOME|USER|LANG|LC_.*|TZ|TMPDIR|TEMP|TMP|LD_.*|DYLD_.*|CUDA_.*|NVIDIA_.*|GGML_.*|LLAMA_.*|NODE_LLAMA_CPP_.*|VK_.*|HIP_.*|ROCR_.*|OMP_.*|BUN_RUNTIME_TRANSPILER_CACHE_PATH|SYSTEMROOT)$/i;
  const kept = Object.entries(all).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && allowed.test(entry[0]),
  );
  // Without a home, libraries look for one in the system's list of users, which the sandbox does not let them read.
  return { HOME: "/", ...Object.fromEntries(kept) };
}
