from greeter import main


def test_that_it_greets(capsys):
    main()
    assert capsys.readouterr().out == "Hello from greeter!\n"
