// Imported first. It is written for every Node that knows modules, so that an old one says this and no syntax error.
var wanted = 20;

if (Number(process.versions.node.split(".")[0]) < wanted) {
  process.stderr.write(
    "Sahab needs Node " +
      wanted +
      " or newer, and this is Node " +
      process.versions.node +
      " (" +
      process.execPath +
      ").\n" +
      "Get a newer one from https://nodejs.org, from your system's packages, or with a version manager: nvm install " +
      wanted +
      "\n",
  );
  process.exit(1);
}
