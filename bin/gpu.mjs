#!/usr/bin/env node
import "./check-node.mjs";
// Not a static import, since an old Node would read that file before the check runs.
void import("./install-gpu.mjs");
