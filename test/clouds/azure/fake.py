"""Stands in for az, kubectl and helm in one run of a plan: answers from a small world in a file, and writes down every call.

The world is a JSON file (FAKE_WORLD). `--query` is evaluated by the real CLI's JMESPath, and output is laid out as the CLI does. What
Cosmos DB does at a restore is modelled as documented: a new account, closed, without stored procedures, throughput, rules, tags.
FAKE_KILL=N kills the whole process group at the N-th changing call before it did anything, FAKE_KILL=N+ after.
"""
import fcntl
import io
import json
import os
import signal
import sys

import jmespath

PROGRAM, ARGV = sys.argv[1], sys.argv[2:]
VERSIONS = {('az', '--version'): 'azure-cli 2.91.0', ('helm', 'version', '--short'): 'v3.18.4'}


def parse(argv):
    """The command's name, and its options with their values."""
    name, options, at = [], {}, None
    for word in argv:
        if word.startswith('-'):
            at = SHORT.get(word, word)
            options.setdefault(at, [])
        elif at:
            options[at].append(word)
        else:
            name.append(word)
    return ' '.join(name), options


SHORT = {'-g': '--resource-group', '-n': '--name', '-a': '--account-name', '-d': '--database-name', '-c': '--container-name',
         '-l': '--location', '-o': '--output', '-b': '--body', '-s': '--server-name'}


class NotFound(Exception):
    pass


class World:
    def __init__(self, data):
        self.data = data

    def account(self, name):
        if name not in self.data['accounts']:
            raise NotFound(f'(ResourceNotFound) The Resource {name} was not found.')
        return self.data['accounts'][name]

    def databases(self, name):
        return self.account(name)['databases']

    def container(self, o):
        try:
            return self.databases(one(o, '--account-name'))[one(o, '--database-name')]['containers'][one(o, '--container-name')]
        except KeyError as missing:
            raise NotFound(f'(NotFound) {missing}')


def one(options, name):
    values = options.get(name) or []
    if len(values) != 1:
        raise SystemExit(f'fake az: {name} has {len(values)} values')
    return values[0]


def resource(name):
    return f'/subscriptions/s/resourceGroups/my-group/providers/Microsoft.DocumentDB/databaseAccounts/{name}'


def shown(name, account):
    return {'id': resource(name), 'name': name, 'resourceGroup': 'my-group', **account['properties']}


def named(items):
    return [{'name': item} for item in items]


def restore(world, o):
    """A new account with the containers of the restore point and nothing else."""
    target, source = one(o, '--target-database-account-name'), one(o, '--account-name')
    if target in world.data['accounts']:
        raise SystemExit('fake az: (BadRequest) the name is taken')
    old = world.data['restorable'][source]
    at = {}
    for container in world.data['atRestorePoint']:
        database, name = container.split('/')
        at.setdefault(database, {'containers': {}})['containers'][name] = {'procedures': {}}
    world.data['accounts'][target] = {
        'properties': {
            'provisioningState': 'Succeeded', 'createMode': 'Restore', 'instanceId': 'new', 'tags': {}, 'ipRules': [], 'virtualNetworkRules': [],
            'documentEndpoint': f'https://{target}.documents.azure.com:443/', 'publicNetworkAccess': {'DISABLED': 'Disabled', 'ENABLED': 'Enabled'}[one(o, '--public-network-access')],
            'consistencyPolicy': {'defaultConsistencyLevel': 'Session'}, 'backupPolicy': {'type': 'Periodic'},
            'restoreParameters': {
                'restoreTimestampInUtc': one(o, '--restore-timestamp').replace('Z', '+00:00'),
                'restoreSource': f"/subscriptions/s/providers/Microsoft.DocumentDB/locations/japaneast/restorableDatabaseAccounts/{old['name']}",
            },
        },
        'databases': at, 'roles': {}, 'assignments': {}, 'access': [], 'diagnostics': {}, 'locks': {},
    }


def update(world, o):
    properties = world.account(one(o, '--name'))['properties']
    if '--default-consistency-level' in o:
        properties['consistencyPolicy'] = {'defaultConsistencyLevel': one(o, '--default-consistency-level')}
    if '--backup-policy-type' in o:
        properties['backupPolicy'] = {'type': one(o, '--backup-policy-type'), 'continuousModeProperties': {'tier': one(o, '--continuous-tier')}}
    if '--ip-range-filter' in o:
        properties['ipRules'] = [{'ipAddressOrRange': each} for each in one(o, '--ip-range-filter').split(',')]
    if '--public-network-access' in o:
        properties['publicNetworkAccess'] = one(o, '--public-network-access').capitalize()


def throughput(world, o):
    database, name = world.databases(one(o, '--account-name'))[one(o, '--name')], one(o, '--name')
    if 'throughput' not in database:
        raise NotFound('(NotFound) Message: {"code":"NotFound","message":"Offer not found"}')
    return {'id': f"{resource(one(o, '--account-name'))}/sqlDatabases/{name}/throughputSettings/default", 'resource': database['throughput']}


def set_throughput(world, o):
    database = world.databases(one(o, '--account-name'))[one(o, '--name')]
    if '--max-throughput' in o:
        database['throughput'] = {'autoscaleSettings': {'maxThroughput': int(one(o, '--max-throughput'))}}
    else:
        database['throughput'] = {'throughput': int(one(o, '--throughput')), 'autoscaleSettings': None}


def at_resource(world, o, option):
    name = one(o, option).split('?')[0].split('/')[-1]
    return world.data['servers'][name] if name in world.data.get('servers', {}) else world.account(name)


def tag(world, o):
    key, value = one(o, '--tags').split('=', 1)
    found = at_resource(world, o, '--resource-id')
    found.get('properties', found)['tags'][key] = value


def role(world, o):
    body = json.loads(one(o, '--body'))
    world.account(one(o, '--account-name'))['roles'][body['Id']] = body


def assign(world, o):
    world.account(one(o, '--account-name'))['assignments'][one(o, '--role-assignment-id')] = [one(o, name) for name in ('--role-definition-id', '--principal-id', '--scope')]


def access(world, o):
    entry = {'principalId': one(o, '--assignee-object-id'), 'principalType': one(o, '--assignee-principal-type'), 'roleDefinitionId': one(o, '--role')}
    entries = at_resource(world, o, '--scope')['access']
    if entry not in entries:
        entries.append(entry)


def diagnostics(world, o):
    entry = {'logs': json.loads(one(o, '--logs')), 'metrics': json.loads(one(o, '--metrics')), 'workspaceId': one(o, '--workspace')}
    at_resource(world, o, '--resource')['diagnostics'][one(o, '--name')] = entry


def lock(world, o):
    at_resource(world, o, '--resource')['locks'][one(o, '--name')] = {'level': one(o, '--lock-type'), 'notes': ' '.join(o.get('--notes') or [])}


def vnet(world, o):
    rules = world.account(one(o, '--name'))['properties']['virtualNetworkRules']
    rule = {'id': one(o, '--subnet'), 'ignoreMissingVNetServiceEndpoint': one(o, '--ignore-missing-endpoint') == 'true'}
    if rule not in rules:
        rules.append(rule)


def procedure(world, o):
    with open(one(o, '--body').removeprefix('@'), encoding='utf8') as file:
        world.container(o)['procedures'][one(o, '--name')] = file.read()


def show_procedure(world, o):
    procedures = world.container(o)['procedures']
    if one(o, '--name') not in procedures:
        raise NotFound('(NotFound)')
    return {'resource': {'body': procedures[one(o, '--name')]}}


def latest(world, o):
    world.container(o)
    times = world.data['latest']
    return {'continuousBackupInformation': {'latestRestorableTimestamp': times.pop(0) if len(times) > 1 else times[0]}}


def server(world, o):
    name = (o.get('--name') or o.get('--server-name'))[0]
    if name not in world.data['servers']:
        raise NotFound(f'(ResourceNotFound) {name}')
    return world.data['servers'][name]


def restore_server(world, o):
    """The server again, without what is documented as reset."""
    name, source = one(o, '--name'), world.data['servers'][one(o, '--source-server')]
    network = {'delegatedSubnetResourceId': one(o, '--subnet'), 'privateDnsZoneResourceId': one(o, '--private-dns-zone')} if '--subnet' in o else {'delegatedSubnetResourceId': None}
    world.data['servers'][name] = {
        **source, 'id': f"{source['id']}/{name}", 'name': name, 'restored': one(o, '--restore-time'), 'network': network, 'tags': {},
        'fullyQualifiedDomainName': source['fullyQualifiedDomainName'].replace(source['name'], name), 'highAvailability': {'mode': 'Disabled'},
        'backup': {'backupRetentionDays': 7}, 'parameters': [{**each, 'value': 'SYSTEM', 'source': 'system-default'} for each in source['parameters']],
    }


def update_server(world, o):
    if '--backup-retention' in o:
        server(world, o)['backup']['backupRetentionDays'] = int(one(o, '--backup-retention'))
    if '--high-availability' in o:
        server(world, o)['highAvailability'] = {'mode': one(o, '--high-availability')}


def set_parameter(world, o):
    found = next(each for each in world.data['servers'][one(o, '--server-name')]['parameters'] if each['name'] == one(o, '--name'))
    found.update(value=one(o, '--value'), source='user-override')


def patch(world, o):
    at_resource(world, o, '--url').update(json.loads(one(o, '--body'))['properties'])


def restore_blobs(world, o):
    world.data['restore'] = {'status': 'Complete', 'parameters': {
        'timeToRestore': one(o, '--time-to-restore').replace('Z', '.0000000Z'), 'blobRanges': [{'startRange': o['--blob-range'][0], 'endRange': o['--blob-range'][1]}]}}
    world.data['restores'] = world.data.get('restores', 0) + 1


SERVERS = {}
for group in ('mysql', 'postgres'):
    SERVERS[f'{group} flexible-server list'] = lambda w, o: list(w.data['servers'].values())
    SERVERS[f'{group} flexible-server show'] = server
    SERVERS[f'{group} flexible-server parameter list'] = lambda w, o: server(w, o)['parameters']
SERVER_CHANGES = {}
for group in ('mysql', 'postgres'):
    SERVER_CHANGES[f'{group} flexible-server restore'] = restore_server
    SERVER_CHANGES[f'{group} flexible-server update'] = update_server
    SERVER_CHANGES[f'{group} flexible-server parameter set'] = set_parameter

READS = {
    **SERVERS,
    'storage account list': lambda w, o: [{'name': 'myaccount', 'resourceGroup': 'my-group'}],
    'storage account show': lambda w, o: {'blobRestoreStatus': w.data.get('restore')},
    'storage account blob-service-properties show': lambda w, o: w.data['blobs'],
    'account show': lambda w, o: {'name': 'My subscription', 'id': 's', 'tenantId': 't', 'user': {'name': 'me'}},
    'cosmosdb list': lambda w, o: [shown(name, account) for name, account in w.data['accounts'].items()],
    'cosmosdb show': lambda w, o: shown(one(o, '--name'), w.account(one(o, '--name'))),
    'cosmosdb keys list': lambda w, o: w.account(one(o, '--name')) and {'primaryMasterKey': 'the secret key'},
    'cosmosdb restorable-database-account list': lambda w, o: [w.data['restorable'][one(o, '--account-name')]],
    'cosmosdb sql restorable-resource list': lambda w, o: [
        {'databaseName': database, 'collectionNames': [each.split('/')[1] for each in w.data['atRestorePoint'] if each.startswith(f'{database}/')]}
        for database in sorted({each.split('/')[0] for each in w.data['atRestorePoint']})],
    'cosmosdb sql retrieve-latest-backup-time': latest,
    'cosmosdb sql database list': lambda w, o: named(w.databases(one(o, '--account-name'))),
    'cosmosdb sql container list': lambda w, o: named(w.databases(one(o, '--account-name'))[one(o, '--database-name')]['containers']),
    'cosmosdb sql database throughput show': throughput,
    'cosmosdb sql role definition list': lambda w, o: list(w.account(one(o, '--account-name'))['roles'].values()),
    'cosmosdb sql role assignment list': lambda w, o: list(w.account(one(o, '--account-name'))['assignments'].values()),
    'cosmosdb sql stored-procedure show': show_procedure,
    'cosmosdb sql stored-procedure list': lambda w, o: named(w.container(o)['procedures']),
    'role assignment list': lambda w, o: at_resource(w, o, '--scope')['access'],
    'monitor diagnostic-settings list': lambda w, o: list(at_resource(w, o, '--resource')['diagnostics'].values()),
    'lock list': lambda w, o: list(at_resource(w, o, '--resource')['locks'].values()),
}

CHANGES = {
    **SERVER_CHANGES, 'rest': patch, 'storage blob restore': restore_blobs,
    'cosmosdb restore': restore, 'cosmosdb update': update, 'cosmosdb network-rule add': vnet, 'tag update': tag, 'lock create': lock,
    'cosmosdb sql database throughput update': set_throughput, 'cosmosdb sql role definition create': role, 'cosmosdb sql role assignment create': assign,
    'cosmosdb sql stored-procedure create': procedure, 'role assignment create': access, 'monitor diagnostic-settings create': diagnostics,
}


def layout(value, how):
    """As the CLI prints it: nothing for null, one line for each entry of a list, tabs between its fields."""
    if how == 'none':
        return
    if how == 'json':
        print(json.dumps(value, indent=2))
    elif how == 'tsv' and isinstance(value, list):
        for entry in value:
            print('\t'.join('' if field is None else str(field) for field in (entry if isinstance(entry, list) else [entry])))
    elif how == 'tsv' and value is not None:
        print(str(value).lower() if isinstance(value, bool) else value)
    elif how == 'table':
        print('(a table)')


def az(world):
    name, o = parse(ARGV)
    if name in CHANGES:
        changing(world, lambda: CHANGES[name](world, o))
        return
    if name not in READS:
        raise SystemExit(f'fake az: unknown command {name}')
    value = READS[name](world, o)
    layout(jmespath.search(o['--query'][0], value) if '--query' in o else value, (o.get('--output') or ['json'])[0])


def changing(world, change):
    world.data['changes'] = number = world.data.get('changes', 0) + 1
    kill = os.environ.get('FAKE_KILL', '')
    if kill == f'{number}':
        raise KeyboardInterrupt
    change()
    if kill == f'{number}+':
        raise KeyboardInterrupt


def kubectl(world):
    if ARGV[:3] == ['create', 'secret', 'generic']:
        print(json.dumps({'name': ARGV[3], 'key': sys.stdin.read()}))
    elif ARGV[0] == 'apply':
        secret = json.loads(sys.stdin.read())
        changing(world, lambda: world.data['secrets'].update({secret['name']: secret['key']}))
    elif ARGV[:2] == ['get', 'job']:
        release = ARGV[ARGV.index('-l') + 1].split('=')[1]
        print(world.data['jobs'].get(release, ''), end='')


def helm(world):
    """The job of the schema loader: it gives their procedure to the tables that its schema knows, if it can log in."""
    if ARGV[0] == 'uninstall':
        changing(world, lambda: world.data['jobs'].pop(ARGV[1], None))
        return
    if ARGV[1] in world.data['jobs']:
        raise SystemExit('Error: INSTALLATION FAILED: cannot reuse a name that is still in use')
    values = [ARGV[i + 1] for i, word in enumerate(ARGV) if word in ('--set', '--set-file')]
    given = dict(value.split('=', 1) for value in values)
    with open(given['schemaLoading.databaseProperties'], encoding='utf8') as file:
        properties = dict(line.rstrip('\n').split('=', 1) for line in file)
    account = properties['scalar.db.contact_points'].removeprefix('https://').split('.')[0]
    if world.data['secrets'].get(given['schemaLoading.secretName']) != 'the secret key' or properties['scalar.db.password'] != '${env:SCALAR_DB_PASSWORD}':
        raise SystemExit('Error: INSTALLATION FAILED: job failed: BackoffLimitExceeded')

    def run():
        base = {'ledger': ['scalar', 'coordinator'], 'auditor': ['auditor']}[given['schemaLoading.schemaType']]
        for database in base:
            for container in world.databases(account)[database]['containers'].values():
                container['procedures'].setdefault('mutate.js', 'function mutate() {}\n')
        world.data['jobs'][ARGV[1]] = '1'
        world.data['loader'] = given['schemaLoading.commandArgs'], given.get('schemaLoading.image.version')
    changing(world, run)


def main():
    if (PROGRAM, *ARGV) in VERSIONS:
        print(VERSIONS[(PROGRAM, *ARGV)])
        return
    if PROGRAM == 'kubectl' and ('-' in ARGV or '--from-file=SCALAR_DB_PASSWORD=/dev/stdin' in ARGV):
        # The programs of a pipeline run at once: all input is read before the world is taken.
        sys.stdin = io.StringIO(sys.stdin.read())
    with open(os.environ['FAKE_WORLD'] + '.lock', 'w', encoding='utf8') as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        with open(os.environ['FAKE_WORLD'], encoding='utf8') as file:
            world = World(json.load(file))
        world.data.setdefault('calls', []).append([PROGRAM, *ARGV])
        killed = False
        try:
            {'az': az, 'kubectl': kubectl, 'helm': helm}[PROGRAM](world)
        except NotFound as error:
            print(f'ERROR: {error}', file=sys.stderr)
            sys.exit(3)
        except KeyboardInterrupt:
            killed = True
        finally:
            with open(os.environ['FAKE_WORLD'], 'w', encoding='utf8') as file:
                json.dump(world.data, file)
        if killed:
            os.killpg(os.getpgrp(), signal.SIGKILL)


main()
