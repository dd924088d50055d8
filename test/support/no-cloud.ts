/**
 * For whatever runs the plugin: no cloud is ever asked. What would go there meets a closed port of this machine, and no credentials
 * are looked for anywhere. Tests of the clouds name a server of their own instead.
 */
export const NO_CLOUD = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_MAX_ATTEMPTS: '1', AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/nonexistent/config', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials', HTTPS_PROXY: 'http://127.0.0.1:9',
} as const
