# Looks at this host for signs of mining: reading only, no network. Windows PowerShell 5.1 or newer, nothing else.
# usage: powershell -ExecutionPolicy Bypass -File minecheck.ps1 [-Language zh|en] [-Full] > report.json
# Exit codes: 0 looked, 3 confirmed or likely.
param([ValidateSet('zh', 'en')][string]$Language = 'zh', [switch]$Full)
Set-StrictMode -Version 2
$ErrorActionPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [Text.Encoding]::UTF8

$Miners = '@MINERS@' -split ' '
$Others = '@OTHERS@' -split ' '
$Flags = '(^|\s)(@FLAGS@)([\s=]|$)'
$Pools = '[\s=/.@](@POOLS@):\d'
$Scheme = '(?i)(stratum[12]?|ethproxy|ethstratum|daemon)([+](tcp|ssl|tls|ws|wss))*://\S+'
$Wallet = '(^|[\s=])([48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}|bc1[02-9ac-hj-np-z]{25,90}|0x[0-9a-fA-F]{40}|kaspa:[0-9a-z]{50,120})'
$Algorithm = '(?i)(^|\s)(-a|--algo|--coin)[\s=](rx/|randomx|cn/|kawpow|ethash|etchash|autolykos|ghostrider|verus|x16r|argon2/|yespower|kheavyhash)'
$Endpoint = '(^|\s)(-o|--url|--pool|--server|-pool)[\s=]\S+:\d{2,5}(\s|$)'
$Sentences = @'
@JSON@
'@ | ConvertFrom-Json

$Findings = New-Object System.Collections.ArrayList
$Gaps = New-Object System.Collections.ArrayList

function Say([string]$Key) { $Sentences.$Key }
function Hide([string]$Text) {
    $Text = [regex]::Replace($Text, '(?<![\w])(0x)?[0-9A-Za-z]{25,120}(?![\w])', { param($m) $m.Value.Substring(0, 4) + '...' + $m.Value.Substring($m.Value.Length - 4) })
    $Text = [regex]::Replace($Text, '(?i)((^|\s)(-p|--pass(word)?|--token)(=|\s+))\S+', '$1***')
    $Text = [regex]::Replace($Text, '\\Users\\[^\\\s]+', '\Users\~')
    if ($Text.Length -gt 400) { $Text.Substring(0, 400) } else { $Text }
}
function Found([string]$Check, [string]$Family, [string]$Severity, [string]$Subject, [hashtable]$Evidence, [bool]$Weak = $false, [string[]]$Related = @()) {
    [void]$Findings.Add([pscustomobject]@{
        check = $Check; family = $Family; severity = $Severity; subject = $Subject; evidence = $Evidence; weak = $Weak; related = @($Related)
        title = Say ('check_' + $Check.Replace('-', '_')); harmless = Say "harmless_$Family"; next = Say "next_$Family"
    })
}
function Gap([string]$Check, [string]$Reason, [int]$Count = 0, [bool]$Admin = $false) {
    [void]$Gaps.Add([pscustomobject]@{ check = $Check; reason = $Reason; count = $Count; needs_admin = $Admin; text = Say ('gap_' + $Reason.Replace('-', '_')) })
}
function Is-Miner([string]$Line) {
    $parts = 0; $telling = $false
    foreach ($pattern in @($Scheme, $Wallet, $Algorithm, $Flags, $Pools)) { if ($Line -cmatch $pattern) { $parts++; $telling = $true } }
    if ($Line -match $Endpoint) { $parts++ }
    ($parts -ge 2) -and $telling
}

$processors = (Get-CimInstance Win32_ComputerSystem).NumberOfLogicalProcessors
if (-not $processors) { $processors = 1 }
$now = Get-Date
$hidden = 0
$processes = @(Get-CimInstance Win32_Process | Where-Object { $_.ProcessId -ne $PID -and $_.ProcessId -gt 4 })
foreach ($process in $processes) {
    $subject = "pid:$($process.ProcessId)"
    $program = ($process.Name -replace '\.exe$', '').ToLower()
    $line = [string]$process.CommandLine
    $path = [string]$process.ExecutablePath
    if (-not $path) { $hidden++ }
    if ($Miners -contains $program) { Found 'name' 'identity' 'medium' $subject @{ program = $program; path = (Hide $path) } }
    if ($program -in @('svchost', 'csrss', 'lsass', 'services', 'winlogon') -and $path -and $path -notmatch '(?i)^[a-z]:\\windows\\(system32|syswow64|winsxs)\\') {
        Found 'disguise' 'identity' 'high' $subject @{ called = $program; path = (Hide $path) }
    }
    if ($Others -notcontains $program -and (Is-Miner $line)) { Found 'cmdline' 'intent' 'high' $subject @{ program = $program; line = (Hide $line) } }
    if ($path -match '(?i)\\(temp|fonts|\$recycle\.bin)\\[^\\]+$') { Found 'scraps' 'stealth' 'low' $subject @{ path = (Hide $path) } $true }
    if ($process.CreationDate) {
        $age = ($now - $process.CreationDate).TotalSeconds
        $used = ($process.KernelModeTime + $process.UserModeTime) / 1e7
        if ($age -ge 7200 -and $used -ge 0.25 * $age * $processors) {
            Found 'cpu' 'behaviour' 'low' $subject @{ program = $program; hours = [math]::Round($age / 3600, 1); processors = [math]::Round($used / $age, 2); of = $processors }
        }
    }
    if ($path) {
        $folder = Split-Path $path
        foreach ($name in @('config.json', 'pools.txt', 'config.txt')) {
            $file = Join-Path $folder $name
            if ($folder -notmatch '(?i)\\windows\\' -and (Test-Path $file) -and (Get-Item $file).Length -lt 262144) {
                $text = Get-Content $file -Raw
                if ($text -match '"pools"' -and $text -match '"user"' -and $text -match '"(donate-level|randomx|rig-id|opencl|cuda)"') {
                    Found 'config' 'intent' 'high' ('file:' + (Hide $file)) @{ path = (Hide $file) } $false @($subject)
                }
            }
        }
    }
}
if ($processes.Count -eq 0) { Gap 'cmdline' 'not-there' } elseif ($hidden -gt $processes.Count / 3) { Gap 'cmdline' 'no-permission' $hidden $true }

$starts = @(Get-CimInstance Win32_StartupCommand | ForEach-Object { @{ place = $_.Location; line = $_.Command } })
foreach ($task in @(Get-ScheduledTask)) { foreach ($action in @($task.Actions)) { if ($action.Execute) { $starts += @{ place = $task.TaskPath + $task.TaskName; line = "$($action.Execute) $($action.Arguments)" } } } }
foreach ($service in @(Get-CimInstance Win32_Service)) { $starts += @{ place = "service:$($service.Name)"; line = [string]$service.PathName } }
foreach ($consumer in @(Get-CimInstance -Namespace root\subscription -ClassName CommandLineEventConsumer)) { $starts += @{ place = "wmi:$($consumer.Name)"; line = [string]$consumer.CommandLineTemplate } }
foreach ($start in $starts) {
    $line = [string]$start.line
    $related = @($processes | Where-Object { $_.ExecutablePath -and $line.IndexOf($_.ExecutablePath, [StringComparison]::OrdinalIgnoreCase) -ge 0 } | ForEach-Object { "pid:$($_.ProcessId)" })
    $subject = 'file:' + (Hide ([string]$start.place))
    if (Is-Miner $line) {
        Found 'startup-miner' 'intent' 'high' $subject @{ line = (Hide $line) } $false $related
        Found 'startup' 'persistence' 'medium' $subject @{ line = (Hide $line) } $false $related
    } elseif ($line -match '(?i)(powershell|pwsh)[^\n]*(-e(nc|ncodedcommand)?\s+[A-Za-z0-9+/=]{40}|downloadstring|iex\b)|\\(temp|\$recycle\.bin)\\[^\\\s]+\.exe') {
        Found 'startup' 'persistence' 'medium' $subject @{ line = (Hide $line) } $true $related
    }
}

$rank = 0
$subjects = @{}
foreach ($finding in $Findings) {
    foreach ($subject in @($finding.subject) + $finding.related) {
        if (-not $subjects.ContainsKey($subject)) { $subjects[$subject] = @{} }
        $subjects[$subject][$finding.family] = [bool]$subjects[$subject][$finding.family] -or -not $finding.weak
    }
}
foreach ($families in $subjects.Values) {
    $firm = @($families.Keys | Where-Object { $families[$_] })
    $value = 0
    if ($firm.Count) { $value = 1 }
    if ($families.Count -ge 2 -and ($families.ContainsKey('behaviour') -or $families.ContainsKey('stealth')) -and @($firm | Where-Object { $_ -ne 'behaviour' }).Count) { $value = 2 }
    if ($families.Count -ge 2 -and ($firm -contains 'intent' -or $firm -contains 'network')) { $value = 3 }
    if ($value -gt $rank) { $rank = $value }
}
$result = @('nothing-found', 'unclear', 'likely', 'confirmed')[$rank]
if ($rank -eq 0 -and @($Gaps | Where-Object { $_.check -eq 'cmdline' }).Count) { $result = 'not-able-to-tell' }
foreach ($check in @('connections', 'hidden', 'huge-pages', 'msr', 'gpu')) { Gap $check 'left-out' }

[ordered]@{
    schema = 'minewarden/selfcheck/1'; program = 'minewarden selfcheck'; front_end = 'powershell'; mode = $(if ($Full) { 'full' } else { 'quick' })
    at = (Get-Date).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ')
    host = @{ name = $env:COMPUTERNAME; system = 'Windows'; release = [Environment]::OSVersion.Version.ToString() }
    result = $result; result_text = Say ('result_' + $result.Replace('-', '_')); findings = @($Findings)
    coverage = @{ checks = @('name', 'disguise', 'cmdline', 'config', 'cpu', 'places', 'startup'); gaps = @($Gaps) }
} | ConvertTo-Json -Depth 6
[Console]::Error.WriteLine((Say ('result_' + $result.Replace('-', '_'))).$Language)
[Console]::Error.WriteLine((Say 'not_clean').$Language)
if ($rank -ge 2) { exit 3 }
exit 0
