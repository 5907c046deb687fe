/// What kubectl and Helm have and this program has not, and what to do instead: a clause each.
let foreignWords = Dictionary(
  uniqueKeysWithValues: foreignGroups.flatMap { words, answer in words.map { ($0, answer) } })

private let foreignGroups: [([String], String)] = [
  (["--cluster", "--user"], "--context chooses cluster and user together"),
  (
    ["--client-certificate", "--client-key", "--tls-server-name", "--as-user-extra"],
    "a kubeconfig names it"
  ),
  (
    ["--insecure-skip-tls-verify", "--kube-insecure-skip-tls-verify"],
    "--certificate-authority FILE or a kubeconfig names the authority that signed the server's certificate"
  ),
  (
    ["-v", "--v", "--debug"], "what fails is reported with its reason, and there is no more to show"
  ),
  (["--server-side"], "every apply is a server-side one"),
  (["--field-manager"], "objects are always applied as operator-sim"),
  (["--validate"], "the API server always validates"),
  (
    ["--prune"],
    "what is no longer wanted is always pruned; --prune-offsets and --prune-foreign go further"
  ),
  (["--create-namespace"], "kubectl create namespace NS makes it"),
  (["--install", "-i"], "apply installs what is not there"),
  (
    ["--atomic", "--rollback-on-failure", "--cleanup-on-fail"],
    "dry runs of everything come first; applying the former values goes back"
  ),
  (
    ["--reuse-values", "--reset-values", "--reset-then-reuse-values"],
    "values are always those of the files and options"
  ),
  (["-R", "--recursive", "-k"], "--values takes a file, and may be given again"),
  (
    ["--grace-period", "--now", "--force"],
    "pods stop as their DaemonSet says, and store a last time"
  ),
  (["--cascade"], "delete takes all of a release; --keep-offsets leaves the offsets"),
  (["--wait"], "apply --wait waits for a rollout; delete waits for pods by itself"),
  (["--yes", "-y"], "no question is asked; delete takes --keep-offsets or --prune-offsets"),
  (["--purge"], "delete leaves nothing but offsets; --prune-offsets deletes them, too"),
  (
    ["--keep-history", "--history-max", "--description", "--revision", "--record"],
    "a release has no history; applying the former values goes back"
  ),
  (["--show-only"], "render --output DIR writes a file for each object"),
  (["-s"], "--server names an API server; render --output DIR writes a file for each object"),
  (
    [
      "--include-crds", "--skip-crds", "--no-hooks", "--skip-tests", "--api-versions",
      "--is-upgrade", "--dependency-update", "--verify", "--repo", "--devel",
    ], "no chart is read: this program has the manifests itself"
  ),
  (
    ["--version"],
    "operator-sim --version prints the program's; --chart-version is the tag of images without one"
  ),
  (["--generate-name", "-g", "--name-template"], "--release names the release"),
  (
    ["--post-renderer", "--post-renderer-args"],
    "render prints the manifests, for kubectl apply behind a pipe"
  ),
  (["--overwrite"], "what was changed by hand is set back; --force-conflicts decides conflicts"),
  (["--show-managed-fields"], "kubectl get --show-managed-fields shows them"),
  (
    ["--username", "--password"],
    "API servers take no passwords; a kubeconfig names a token, certificate or plugin"
  ),
  (
    ["-A", "--all-namespaces"],
    "list shows the releases of all namespaces; --namespace names the one of this release"
  ),
  (["--all"], "list shows all releases; the others take one, with --release"),
  (
    ["-o", "--output"],
    "list, status, offsets and plan print JSON and YAML with -o, render prints manifests"
  ),
  (
    ["-f", "--filename"],
    "attach reads manifests from standard input, < FILE; the others take a --release"
  ),
  (["--dry-run"], "without apply, delete or --apply nothing is changed anyway"),
  (["--dry-run=none"], "leave it out"),
  (["--color", "--no-color"], "the output has no colours"),
  (["-l", "--selector"], "--release and --namespace choose"),
  (
    [
      "-q", "--short", "--no-headers",
      "--field-selector", "--sort-by", "--show-labels", "--label-columns", "-L", "--filter",
      "--limit", "--chunk-size", "--max", "--offset", "--date", "--reverse", "-r", "--time-format",
      "--deployed", "--failed", "--pending", "--superseded", "--uninstalled", "--uninstalling",
      "--show-kind", "--template",
    ], "list, status, offsets and plan print everything with -o json"
  ),
  (
    ["--watch", "-w"],
    "apply --wait waits for a rollout, apply --watch keeps a release as it should be"
  ),
  (["--dry-run=client"], "render prints the manifests without asking a cluster"),
  (["logs"], "kubectl logs shows what containers wrote"),
  (["rollout"], "kubectl rollout does that with the DaemonSet"),
  (["edit"], "change the values, then apply"),
  (["exec"], "kubectl exec does that"),
  (["config"], "kubectl config does that"),
]
