/// Profiles of every kind.
let profilesOfEveryKind = """
    [default]
    region = eu-west-1
    [profile base]
    aws_access_key_id = BASE
    aws_secret_access_key = base-secret
    [profile role]
    role_arn = arn:aws:iam::123456789012:role/reader
    source_profile = base
    role_session_name = night-shift
    external_id = a/b c
    duration_seconds = 900
    [profile second]
    role_arn = arn:aws:iam::123456789012:role/second
    source_profile = role
    [profile itself]
    role_arn = arn:aws:iam::123456789012:role/itself
    source_profile = itself
    aws_access_key_id = OWN
    aws_secret_access_key = own-secret
    [profile of-instance]
    role_arn = arn:aws:iam::123456789012:role/chained
    credential_source = Ec2InstanceMetadata
    [profile of-container]
    role_arn = arn:aws:iam::123456789012:role/chained
    credential_source = EcsContainer
    [profile of-environment]
    role_arn = arn:aws:iam::123456789012:role/chained
    credential_source = Environment
    [profile web]
    role_arn = arn:aws:iam::123456789012:role/web
    web_identity_token_file = /token
    [profile process]
    credential_process = sh -c 'echo "{\\"Version\\":1,\\"AccessKeyId\\":\\"PROCESS\\","; echo "\\"SecretAccessKey\\":\\"$0\\"}"' "a b"
    [profile failing]
    credential_process = /bin/sh -c 'exit 3'
    [profile old-process]
    credential_process = echo '{"Version":2}'
    [profile no-process]
    credential_process = /nowhere/program
    [profile denied]
    role_arn = arn:aws:iam::123456789012:role/denied
    source_profile = base
    [profile sso]
    sso_session = work
    sso_account_id = 123456789012
    sso_role_name = reader
    [profile mfa]
    role_arn = arn:aws:iam::123456789012:role/reader
    source_profile = base
    mfa_serial = arn:aws:iam::123456789012:mfa/me
    [profile round]
    role_arn = arn:aws:iam::123456789012:role/a
    source_profile = about
    [profile about]
    role_arn = arn:aws:iam::123456789012:role/b
    source_profile = round
    [profile both]
    role_arn = arn:aws:iam::123456789012:role/a
    source_profile = base
    credential_source = Environment
    [profile neither]
    role_arn = arn:aws:iam::123456789012:role/a
    [profile nobody]
    role_arn = arn:aws:iam::123456789012:role/a
    source_profile = nowhere
    [profile odd]
    role_arn = arn:aws:iam::123456789012:role/a
    credential_source = Moon
    [profile empty-base]
    role_arn = arn:aws:iam::123456789012:role/a
    source_profile = default
    """
