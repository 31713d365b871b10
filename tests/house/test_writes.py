"""No row is written outside the services and the named storage modules (rows 157 and 293)."""

import pytest

from tests.house.storage import STORAGE
from tests.house.writes import ROOT, bypasses, known_relations, modules, violations, writes_of

WRITES = [
    "client.save()",
    "client.save(update_fields=['name'])",
    "super().save(*args)",
    "Client.save(client)",
    "form.instance.save()",
    "Client.objects.create(name='a')",
    "Client._default_manager.create(name='a')",
    "client.secrets.create(digest='a')",
    "Client.objects.update(name='a')",
    "Client.objects.filter(pk=pk).update(epoch=F('epoch') + 1)",
    "Client.objects.using('default').filter(pk=pk).update(**values)",
    "rows.update(status='INACTIVE')",
    "rows.update(**values)",
    "client.delete()",
    "Client.objects.all().delete()",
    "rows.delete()",
    "rows._raw_delete('default')",
    "Client.objects.bulk_create(rows)",
    "Client.objects.bulk_update(rows, ['name'])",
    "Client.objects.get_or_create(pk=pk)",
    "Client.objects.update_or_create(pk=pk, defaults=values)",
    "await client.asave()",
    "await rows.aupdate(name='a')",
    "await rows.adelete()",
    "await Client.objects.acreate(name='a')",
    "await Client.objects.abulk_create(rows)",
    "group.users.add(user)",
    "group.users.set([user])",
    "group.users.remove(user)",
    "group.users.clear()",
    "server.resource_servers.set(clients)",
    "user.groups.add(group)",
    "client.useridentity_set.add(row)",
    "members = group.users\nmembers.add(user)",
    "if (found := Client.objects.all()):\n    found.add(row)",
    "QuerySet.update(rows, name='a')",
    "getattr(client, 'save')()",
    "getattr(rows, 'update')(name='a')",
    "attempt(request, client.save)",
    "write = Client.objects.bulk_create",
    "cursor.execute('UPDATE clients_client SET epoch = 1')",
    "cursor.execute('WITH a AS (DELETE FROM clients_client RETURNING id) SELECT id FROM a')",
    "cursor.execute('SELECT 1; DELETE FROM clients_client')",
    "cursor.execute(f'SELECT {x}')",
    "cursor.execute(sql, values)",
    "cursor.executemany('INSERT INTO clients_client VALUES (%s)', rows)",
    "cursor.copy('COPY clients_client FROM STDIN')",
    "Client.objects.raw(sql)",
    "SQL = 'insert into clients_client values (1)'",
    "SQL = '''\n    UPDATE clients_client\n    SET epoch = 1'''",
    "transaction.on_commit(lambda: client.delete())",
    "[one.save() for one in rows]",
]
HARMLESS = [
    "seen.add(name)",
    "names.update(other)",
    "headers.update({'a': 1})",
    "digest.update(b'data')",
    "counts.clear()",
    "items.remove(one)",
    "cache.add(name, 0, timeout=1)",
    "cache.set(name, 1)",
    "cache.delete(name)",
    "token = _current.set(context)",
    "app.conf.update(broker_url=url)",
    "queryset = Client.objects.filter(pk=pk)",
    "client.secrets.all()",
    "cursor.execute('SELECT 1')",
    "super().execute(query, *args)",
    "Client.objects.select_for_update().get(pk=pk)",
    "create_client(actor=actor)",
    "services.delete_client(actor=actor, client=client)",
    "message = 'Update the client and delete from it what is old'",
    "message = 'Copy the secret of one'",
    "view = Client.delete",
]


@pytest.mark.parametrize("source", WRITES)
def test_r157_a_write_is_seen_in_any_spelling(source: str) -> None:
    assert list(violations(_function(source), known_relations()))


@pytest.mark.parametrize("source", HARMLESS)
def test_what_only_looks_like_a_write_is_none(source: str) -> None:
    assert list(violations(_function(source), known_relations())) == []


def test_row_293_nothing_outside_the_services_writes() -> None:
    assert bypasses() == []


def test_every_storage_module_exists_writes_and_says_why() -> None:
    assert STORAGE.keys() <= set(modules())
    assert [path for path, why in STORAGE.items() if not why or not writes_of(path)] == []


def test_a_write_added_to_any_module_is_found() -> None:
    """The lint reads every module: one more line in each of them is one more finding."""
    for path in modules():
        source = (ROOT / path).read_text()
        added = f"{source}\n\ndef sneak(row):\n    row.save()\n"
        assert len(list(violations(added))) == len(list(violations(source))) + 1, path


def _function(source: str) -> str:
    body = "\n".join(f"    {line}" for line in source.splitlines())
    return f"async def example():\n{body}\n"
