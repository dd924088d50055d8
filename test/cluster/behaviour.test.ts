import {behavesAsCluster} from '../scenarios/cluster-behaviour.ts'
import {startCluster} from './cluster.ts'

behavesAsCluster('the cluster of real parts', () => startCluster())
