import assert from 'node:assert/strict'
import {scrubAddress} from '../../src/discovery/scrub.ts'

describe('addresses without secrets', () => {
  const shown: Array<[address: string, shown: string]> = [
    ['ap-northeast-1', 'ap-northeast-1'],
    ['cassandra-0.db,cassandra-1.db', 'cassandra-0.db,cassandra-1.db'],
    ['h1, h2:9042', 'h1, h2:9042'],
    ['user:s3cret@h1,h2', 'h1,h2'],
    ['https://acct.documents.azure.com:443/', 'https://acct.documents.azure.com:443/'],
    ['us-east-1/bucket', 'us-east-1/bucket'],
    ['https://acct.blob.core.windows.net/container?sv=1&sig=s3cret', 'https://acct.blob.core.windows.net/container'],
    ['jdbc:postgresql://db:5432/app', 'jdbc:postgresql://db:5432/app'],
    ['jdbc:postgresql://h1:5432,h2:5432/app?user=u&password=s3cret&currentSchema=s', 'jdbc:postgresql://h1:5432,h2:5432/app?currentSchema=s'],
    ['jdbc:postgresql:///app', 'jdbc:postgresql:///app'],
    ['jdbc:postgresql:app?password=s3cret', 'jdbc:postgresql:app'],
    ['jdbc:postgresql://[::1]:5432/app', 'jdbc:postgresql://[::1]:5432/app'],
    ['jdbc:mysql://u:s3cret@db:3306/', 'jdbc:mysql://db:3306/'],
    ['jdbc:mysql://db/app?user=u&password=p@ss', 'jdbc:mysql://db/app'],
    ['jdbc:mysql:loadbalance://h1,h2/app', 'jdbc:mysql:loadbalance://h1,h2/app'],
    ['jdbc:mysql+srv://db/app', 'jdbc:mysql+srv://db/app'],
    ['jdbc:mariadb://db/app?user=u&password=s3cret&trustStorePassword=s3cret', 'jdbc:mariadb://db/app'],
    ['jdbc:oracle:thin:u/s3cret@//db:1521/svc', 'jdbc:oracle:thin:@//db:1521/svc'],
    ['jdbc:oracle:thin:@db:1521:SID', 'jdbc:oracle:thin:@db:1521:SID'],
    ['jdbc:oracle:thin:@tcps://db:2484/svc?wallet_location=/w', 'jdbc:oracle:thin:@tcps://db:2484/svc'],
    [
      'jdbc:oracle:thin:u/s3cret@(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=db)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=svc)))',
      'jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=db)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=svc)))',
    ],
    ['jdbc:sqlserver://db:1433;databaseName=app;user=sa;password=p@ss', 'jdbc:sqlserver://db:1433;databaseName=app'],
    ['jdbc:sqlserver://db\\inst;user=sa;password={a;databaseName=s3cret};database=app', 'jdbc:sqlserver://db\\inst;database=app'],
    ['jdbc:sqlite:/data/app.db?busy_timeout=10000&key=s3cret', 'jdbc:sqlite:/data/app.db'],
    ['jdbc:sqlite:C:\\data\\app.db', 'jdbc:sqlite:C:\\data\\app.db'],
    ['jdbc:yugabytedb://u:s3cret@db:5433/app?load-balance=true', 'jdbc:yugabytedb://db:5433/app'],
    ['jdbc:db2://db:50000/app:user=u;password=s3cret;', 'jdbc:db2://db:50000/app'],
    [
      'jdbc:cloudspanner:/projects/p/instances/i/databases/d?credentials=/k.json;oauthToken=s3cret',
      'jdbc:cloudspanner:/projects/p/instances/i/databases/d',
    ],
    ['jdbc:cloudspanner://h:9010/projects/p/instances/i/databases/d;credentials=/k.json', 'jdbc:cloudspanner://h:9010/projects/p/instances/i/databases/d'],
  ]
  for (const [address, expected] of shown) {
    it(`shows ${address} as ${expected}`, () => assert.equal(scrubAddress(address), expected))
  }

  const withheld = [
    'AccountEndpoint=https://acct.documents.azure.com:443/;AccountKey=s3cret==;',
    'jdbc:mysql://u:p@ss@db/app',
    'jdbc:mysql://u:a,b@db/app',
    'jdbc:mysql://u:p/w@db/app',
    'jdbc:mysql://u:p?w@db/app',
    'jdbc:mysql://u:12;w=1@db/app',
    'jdbc:mysql://u:12;w=1@db',
    'jdbc:mysql://address=(host=db)(user=u)(password=s3cret)/app',
    'jdbc:mysql:user:s3cret@db',
    'jdbc:oracle:thin:u/s3cret',
    'jdbc:oracle:thin:u/"p@ss"@//db/svc',
    'jdbc:oracle:thin:@//db/svc?oracle.net.wallet_password=p@ss',
    'jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(HOST=db))(SECURITY=(PASSWORD=s3cret)))',
    'jdbc:postgresql://db/app?password=a;b',
    'me:/s3cret;=@h1,h2',
    'jdbc:mysql://me:/s3cret;a=@db',
  ]
  for (const address of withheld) {
    it(`withholds ${address}: where the secret ends is not certain`, () => assert.equal(scrubAddress(address), undefined))
  }
})
