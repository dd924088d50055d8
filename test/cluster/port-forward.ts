import {spawn} from 'node:child_process'
import type {RealCluster} from './cluster.ts'

/** Runs the real `kubectl port-forward` to one port of a pod. @throws with its own words when it ends before it listens */
export function portForward(cluster: RealCluster, namespace: string, pod: string, port: number): Promise<{port: number; stop(): void}> {
  const args = ['--kubeconfig', cluster.kubeconfig, 'port-forward', '-n', namespace, `pod/${pod}`, `:${port}`]
  const child = spawn(cluster.tools.kubectl, args, {stdio: ['ignore', 'pipe', 'pipe']})
  let said = ''
  return new Promise((resolve, reject) => {
    const hear = (text: Buffer) => {
      said += text.toString()
      const [, local] = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(said) ?? []
      if (local) resolve({port: Number(local), stop: () => void child.kill()})
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('close', () => reject(new Error(said)))
  })
}
