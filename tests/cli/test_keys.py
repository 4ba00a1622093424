from tests.cli.server import Turnout
from turnout.cli import server_file


def test_a_key_is_made_without_a_server_and_printed_alone(alone: Turnout) -> None:
    made = alone.json("keys", "create")
    assert set(made) == {"id", "key", "environment", "role"}
    assert (made["environment"], made["role"]) == ("production", "admin")
    assert alone.ok("keys", "create", "--json").count("\n") == 1


def test_a_key_made_beside_a_running_server_is_good_at_once(turnout: Turnout) -> None:
    made = turnout.json("keys", "create", "--role", "viewer", "--name", "Wallboard")
    assert turnout("status", "--key", made["key"]).exit_code == 0
    assert "Wallboard" in turnout.ok("keys", "list")
    turnout.ok("keys", "revoke", made["id"])
    refused = turnout("status", "--key", made["key"])
    assert refused.exit_code == 1
    assert "revoked" in refused.stderr
    assert turnout("keys", "revoke", made["id"]).exit_code == 4
    shown = next(each for each in turnout.json("keys", "list") if each["id"] == made["id"])
    assert shown["revoked-at"] is not None


def test_keys_of_a_server_elsewhere_are_made_through_it(turnout: Turnout, alone: Turnout) -> None:
    admin = turnout.json("keys", "create")["key"]
    server = server_file.find(turnout.data_dir)
    assert server is not None
    place = ("--server", server.url, "--key", admin)
    made = alone.json("keys", "create", "--role", "editor", "--name", "Far away", *place)
    assert set(made) == {"id", "key", "environment", "role"}
    assert made["id"] in alone.ok("keys", "list", *place)
    alone.ok("keys", "revoke", made["id"], *place)
    assert alone("keys", "create", "--environment", "sandbox", *place).exit_code == 1
    assert not alone.data_dir.exists()


def test_a_server_elsewhere_is_asked_in_its_keys_own_environment(
    turnout: Turnout, alone: Turnout
) -> None:
    admin = turnout.json("keys", "create", "--environment", "sandbox")["key"]
    server = server_file.find(turnout.data_dir)
    assert server is not None
    place = ("--server", server.url, "--key", admin)
    assert alone.ok("keys", "list", *place).splitlines()[0] == "sandbox"
    assert alone.ok("keys", "list", "-e", "sandbox", *place).splitlines()[0] == "sandbox"
    assert alone.ok("keys", "create", *place).splitlines()[0] == "sandbox"
    assert alone.json("keys", "create", *place)["environment"] == "sandbox"
    refused = alone("keys", "list", "--environment", "production", *place)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "belongs to sandbox" in refused.stderr


def test_wrong_roles_environments_and_ids_are_refused(alone: Turnout) -> None:
    alone.ok("keys", "create")
    assert "publisher" in alone("keys", "create", "--role", "king").stderr
    assert "sandbox" in alone("keys", "create", "--environment", "nowhere").stderr
    assert "production" in alone("keys", "list", "--environment", "nowhere").stderr
    assert alone("keys", "revoke", "key_nonsense").exit_code == 1


def test_looking_makes_no_data_directory(alone: Turnout) -> None:
    assert alone("keys", "list").exit_code == 1
    assert alone("keys", "revoke", "key_01k00000000000000000000000").exit_code == 1
    assert alone("db", "check").exit_code == 1
    assert not alone.data_dir.exists()
