/** Where to get the programs that plans name, by their makers' own pages. */
const SOURCES: Readonly<Record<string, string>> = {
  aws: 'https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html',
  az: 'https://learn.microsoft.com/cli/azure/install-azure-cli',
  gcloud: 'https://cloud.google.com/sdk/docs/install',
  helm: 'https://helm.sh/docs/intro/install/',
  jq: 'https://jqlang.org/download/',
  kubectl: 'https://kubernetes.io/docs/tasks/tools/',
}

/** What to tell who does not have a program: `Get it from https://…`. */
export const howToGet = (tool: string): string => SOURCES[tool] ? `Get it from ${SOURCES[tool]}` : `Install ${tool}, then run this again`
